// Menus of the page's head: a summary that opens a list of buttons.

/** fillMenu fills a menu with items {title, about}; choose gets the item that was chosen. */
export function fillMenu(menu, items, choose) {
  const list = menu.querySelector(".items");
  for (const item of items) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(element("b", item.title));
    if (item.about) button.append(element("span", item.about));
    button.addEventListener("click", () => {
      menu.open = false;
      choose(item);
    });
    list.append(button);
  }
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

function element(name, text) {
  const e = document.createElement(name);
  e.textContent = text;
  return e;
}
