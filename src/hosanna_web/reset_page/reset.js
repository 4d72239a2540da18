"use strict";

// The token stands behind the '#', which no server ever sees; out of the address bar it is in nobody's history either.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
history.replaceState(null, "", location.pathname);

const part = (id) => document.getElementById(id);
const form = part("choice");

function tell(words, kind) {
  part("told").textContent = words;
  part("told").className = kind;
  part("told").hidden = false;
}

function over(words, kind) {
  form.hidden = true;
  form.reset();
  tell(words, kind);
}

async function problemOf(answer) {
  try {
    return await answer.json();
  } catch {
    return {};
  }
}

function wordsFor(status, problem, wait) {
  const flaws = (problem.errors || []).map((each) => `The password ${each.message}.`);
  if (status === 422 && flaws.length) return flaws.join("\n");
  if (status === 429) return `That were too many tries. Wait for ${wait || "some"} seconds, then try again.`;
  if (status === 503) return "The server is busy. Try again in a moment: the link is still good.";
  return problem.detail || "Something went wrong on the server. Try again in a moment.";
}

async function send() {
  // Beside this page, also where the server lies below another path.
  const answer = await fetch("../api/v1/auth/password/reset", {
    method: "POST",
    credentials: "omit",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token, password: part("password").value }),
  });
  if (answer.ok) {
    over("Your new password is set, and every device was logged out. You can log in with it now.", "good");
    return;
  }
  const problem = await problemOf(answer);
  const words = wordsFor(answer.status, problem, answer.headers.get("Retry-After"));
  if (answer.status === 401) over(words, "trouble");
  else tell(words, "trouble");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (part("password").value !== part("again").value) {
    tell("The two are not the same: type them again.", "trouble");
    return;
  }
  part("send").disabled = true;
  try {
    await send();
  } catch {
    tell("The server cannot be reached. Are you connected? The link is good for ten minutes.", "trouble");
  } finally {
    part("send").disabled = false;
  }
});

part("shown").addEventListener("change", (event) => {
  for (const id of ["password", "again"]) part(id).type = event.target.checked ? "text" : "password";
});

if (token) {
  form.hidden = false;
  part("password").focus();
} else {
  over("This page is reached by the link in the letter. Open that link, or ask for a new letter.", "trouble");
}
