"""What is sent over the open connections, described: an AsyncAPI 3.0 document made from the messages themselves."""
