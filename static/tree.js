// The tree of teams in the wizard: ticking a team ticks what is below it, unticking clears above.
"use strict";

document.getElementById("tree")?.addEventListener("change", (event) => {
  const branch = event.target.closest("li");
  for (const box of branch.querySelectorAll("ul input:not(:disabled)")) {
    box.checked = event.target.checked;
  }
  if (event.target.checked) return;
  for (let above = branch.parentElement.closest("li"); above; above = above.parentElement.closest("li")) {
    above.querySelector("input").checked = false;
  }
});
