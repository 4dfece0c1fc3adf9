// Finds, filters, opens and copies; what the page says does not depend on it.
"use strict";
{
  const byId = (id) => document.getElementById(id);
  const requirements = [...document.querySelectorAll(".requirement")];
  const filter = byId("filter");
  const texts = new Map();

  const textOf = (element) => {
    if (!texts.has(element)) texts.set(element, element.textContent.toLowerCase());
    return texts.get(element);
  };
  const chosen = (name) => {
    const boxes = [...filter.querySelectorAll(`input[name=${name}]`)];
    const checked = boxes.filter((box) => box.checked);
    return checked.length === 0 ? null : new Set(checked.map((box) => box.value));
  };
  const sift = () => {
    const verdicts = chosen("verdict");
    const levels = chosen("level");
    const chapter = byId("chapter").value;
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const each of requirements) {
      const { verdict, level, chapter: its } = each.dataset;
      each.hidden = !(
        (!verdicts || verdicts.has(verdict)) && (!levels || levels.has(level)) &&
        (chapter === "" || chapter === its) && words.every((word) => textOf(each).includes(word))
      );
      if (!each.hidden) shown += 1;
    }
    for (const group of document.querySelectorAll(".chapter")) {
      group.hidden = !group.querySelector(".requirement:not([hidden])");
    }
    const all = shown === requirements.length;
    byId("found").textContent = all ? `All ${shown} requirements` : `${shown} of ${requirements.length} requirements`;
    byId("clear").hidden = all;
  };
  const clear = () => {
    for (const box of filter.querySelectorAll("input[type=checkbox]")) box.checked = false;
    byId("search").value = "";
    byId("chapter").value = "";
    sift();
  };
  if (filter) {
    filter.hidden = false;
    filter.addEventListener("input", sift);
    byId("clear").addEventListener("click", () => { clear(); byId("search").focus(); });
    sift();
  }

  const arrive = () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { return; }
    const target = id && byId(id);
    if (!target) return;
    const requirement = target.closest(".requirement");
    if (requirement && requirement.hidden) clear();
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", arrive);
  arrive();

  const select = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  };
  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        select(code);
        button.textContent = "Selected";
      }
    });
  }
}
