from tests.wire import wire_client, wire_database, wire_uri

__all__ = ["wire_client", "wire_database", "wire_uri"]
