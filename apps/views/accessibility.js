/* Mends what the widget library leaves undone for keyboards and screen readers,
   and does the few things of the frame that need no server.
   Runs in <head> before any widget: it sees every shadow root from its birth. */
(() => {
  "use strict";
  const config = QAZCUBE_CONFIG; // {language, theme, folder names translated: labels, messages}
  const html = document.documentElement;
  const narrow = () => window.matchMedia("(max-width: 599.95px)").matches;
  const roots = new Set();
  let drawerSettled = false;

  const set = (node, name, value) => {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  };
  const each = (root, selector, action) => root.querySelectorAll(selector).forEach(action);
  const labelOf = (node) => {
    const field = node.closest(".MuiFormControl-root, .MuiTextField-root");
    const label = field && field.querySelector("label");
    return label ? label.textContent.trim() : "";
  };

  const translate = (root) => {
    each(root, "[aria-label], [title]", (node) => {
      for (const name of ["aria-label", "title"]) {
        const text = config.labels[node.getAttribute(name)];
        if (text && text !== node.getAttribute(name)) node.setAttribute(name, text);
      }
    });
    each(root, ".MuiTooltip-tooltip", (node) => {
      const text = config.labels[node.textContent];
      if (text && text !== node.textContent) node.textContent = text;
    });
  };

  /* What the library says about a lost connection. */
  const translateNotices = (root) => {
    each(root, ".notistack-Snackbar *", (node) => {
      const text = node.children.length ? "" : node.textContent;
      for (const [english, own] of config.notices) {
        const found = text.match(new RegExp(english));
        if (found) node.textContent = text.replace(found[0], own.replace("{count}", found[1]));
      }
      const button = node.querySelector(".reconnect-button");
      if (button && !button.hasAttribute("role")) {
        button.textContent = config.messages.reconnect;
        button.parentElement.replaceChildren(config.messages.lost, " ", button);
        button.setAttribute("role", "button");
        button.tabIndex = 0;
        button.addEventListener("keydown", (event) => {
          if (event.key === "Enter" || event.key === " ") button.click();
        });
      }
    });
  };

  /* The library's calendar speaks English only. */
  const {months, weekdays} = config.calendar;
  const translateCalendar = (root) => {
    each(root, ".rdp-weekday[aria-label]", (node) => {
      const own = weekdays[node.getAttribute("aria-label")];
      if (!own) return;
      set(node, "aria-label", own[0]);
      node.firstChild.nodeValue = own[1];
    });
    each(root, ".rdp-caption_label, .rdp-month_grid[aria-label]", (node) => {
      const named = node.hasAttribute("aria-label");
      const text = named ? node.getAttribute("aria-label") : node.textContent;
      const [month, year] = text.split(" ");
      if (!months[month]) return;
      const own = config.calendar.caption.replace("{month}", months[month][0]).replace("{year}", year);
      if (named) set(node, "aria-label", own); else node.firstChild.nodeValue = own;
    });
    each(root, ".rdp-day_button[aria-label]", (node) => {
      const day = /(\w+), (\w+) (\d+)(?:st|nd|rd|th), (\d+)(, selected)?/.exec(
        node.getAttribute("aria-label"));
      if (!day || !months[day[2]]) return;
      const month = months[day[2]][1];
      set(node, "aria-label", `${weekdays[day[1]][0]}, ${day[3]} ${month} ${day[4]}`);
      set(node, "aria-pressed", String(Boolean(day[5])));
    });
  };

  const nameSteppers = (root) => {
    each(root, ".MuiInputAdornment-root button:not([aria-label])", (node) => {
      if (node.querySelector("[class*=material-icons]")) {
        set(node, "aria-label", `${config.messages.choose} ${labelOf(node)}`.trim());
        return;
      }
      if (node.textContent.trim()) return;
      const all = [...node.parentElement.querySelectorAll("button")];
      const first = all.indexOf(node) === 0 && !node.closest(".MuiInputAdornment-positionStart");
      const verb = first ? config.messages.more : config.messages.less;
      set(node, "aria-label", `${verb} ${labelOf(node)}`.trim());
    });
  };

  const nameParts = (root) => {
    each(root, ".MuiLinearProgress-root, .MuiCircularProgress-root", (node) =>
      set(node, "aria-label", config.messages.busy));
    each(root, ".MuiDrawer-paper[role=dialog], .MuiDrawer-root[role=dialog]", (node) =>
      set(node, "aria-label", config.messages.drawer));
    each(root, "[aria-label='Resize sidebar'], [aria-label='Resize contextbar']", (node) => {
      set(node, "role", "separator");
      set(node, "aria-orientation", "vertical");
    });
    each(root, ".MuiToolbar-root > h5", (node) => {
      if (!node.textContent.trim()) set(node, "aria-hidden", "true");
    });
    each(root, "nav.MuiBox-root", (node) => {
      const side = node.querySelector(".sidebar"), details = node.querySelector(".contextbar");
      if (side || details) {
        node.removeAttribute("role");
        set(node, "aria-label", side ? config.messages.drawer : config.messages.details);
      } else {
        set(node, "role", "presentation");
      }
    });
    each(root, "span[sx][aria-label]:not([role])", (node) => set(node, "role", "img"));
    each(root, ".MuiAccordion-heading", (node) => set(node, "aria-level", "2"));
    each(root, ".MuiAccordionSummary-content > h6", (node) => set(node, "role", "presentation"));
    /* A name on the frame of a check box belongs to the box. */
    each(root, "span.MuiButtonBase-root[aria-label]", (node) => {
      const box = node.querySelector("input");
      if (!box) return;
      set(box, "aria-label", node.getAttribute("aria-label"));
      node.removeAttribute("aria-label");
    });
    each(root, "[role=radiogroup]", (node) => {
      if (node.querySelector("input[type=checkbox]")) set(node, "role", "group");
    });
    each(root, ".MuiPagination-root, .MuiPagination-root [aria-label]", (node) => {
      const text = node.getAttribute("aria-label") || "";
      for (const [english, own] of config.pages) {
        const found = text.match(new RegExp(`^${english}$`));
        if (found) set(node, "aria-label", own.replace("{page}", found[1] || ""));
      }
    });
    each(root, "main:not([tabindex])", (node) => set(node, "tabindex", "-1"));
  };

  /* Bokeh's tools can be reached with Tab but have neither role nor name. */
  const nameTools = (root) => {
    each(root, ".bk-ToolButton, .bk-OnOffButton, .bk-ClickButton", nameTool);
    each(root, ".bk-tool-icon", (node) => {
      const button = node.closest("[title]") || node.parentElement || root.host;
      if (button) nameTool(button);
    });
    /* A figure may bring a name of its own: figure(html_attributes={"aria-label": ...}). */
    each(root, ".bk-events[tabindex]", (node) => {
      const figure = root.host && root.host.getRootNode().host;
      const own = [root.host, figure].map((host) => host && host.getAttribute("aria-label"));
      set(node, "role", "group");
      set(node, "aria-label", own.find((name) => name) || config.messages.figure);
    });
    each(root, "a.bk-logo:not([aria-label])", (node) => set(node, "aria-label", "Bokeh"));
  };
  const nameTool = (node) => {
    const title = node.getAttribute("title");
    if (!title) return;
    if (node.tabIndex >= 0) set(node, "role", "button");
    set(node, "aria-label", config.labels[title] || title);
  };

  /* The library fills list boxes with menu items. */
  const nameOptions = (root) => {
    each(root, "[role=listbox] [role=menuitem]", (node) => {
      set(node, "role", "option");
      set(node, "aria-selected", String(node.classList.contains("Mui-selected")));
    });
  };

  /* The page opens with the drawer shut on phones, so that the map is seen. */
  const settleDrawer = (root) => {
    if (drawerSettled) return;
    const button = root.querySelector(".header .MuiIconButton-edgeStart");
    if (!button) return;
    drawerSettled = true;
    document.getElementById("qc-loading")?.remove();
    const modal = document.querySelector(".MuiDrawer-modal") || root.querySelector(".MuiDrawer-modal");
    if (narrow() && modal) button.click();
  };

  const followTheme = (root) => {
    const page = root.querySelector(".mui-dark, .mui-light");
    if (!page || !page.querySelector("header.header")) return;
    document.getElementById("qc-loading")?.remove();
    const theme = page.classList.contains("mui-dark") ? "dark" : "light";
    if (html.dataset.qcTheme === theme) return;
    html.dataset.qcTheme = theme;
    remember("theme", theme);
    const address = new URL(window.location.href); // the state in it stays
    address.searchParams.set("theme", theme);
    window.history.replaceState({}, "", address);
  };

  const mend = (root) => {
    translate(root);
    translateNotices(root);
    if (config.language !== "en") translateCalendar(root);
    nameSteppers(root);
    nameParts(root);
    nameTools(root);
    nameOptions(root);
    settleDrawer(root);
    followTheme(root);
  };

  const watch = (root) => {
    if (roots.has(root)) return;
    roots.add(root);
    const observer = new MutationObserver(() => mend(root));
    observer.observe(root, {
      childList: true, subtree: true, attributes: true,
      attributeFilter: ["class", "aria-label", "title"],
    });
    root.addEventListener("keydown", openSelect, true);
  };

  /* The library's Select opens on a click only. */
  const openSelect = (event) => {
    const target = event.composedPath()[0];
    if (!(target instanceof Element) || !target.matches(".MuiSelect-select")) return;
    if (!["Enter", "ArrowDown", "ArrowUp"].includes(event.key)) return;
    if (target.getAttribute("aria-expanded") === "true") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    target.click();
  };

  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    watch(root);
    return root;
  };
  watch(document);

  const remember = (name, value) => {
    const folder = location.pathname.replace(/[^/]*$/, "");
    document.cookie = `qazcube_${name}=${value}; path=${folder}; max-age=31536000; samesite=lax`;
  };

  const recall = (name) =>
    document.cookie.match(new RegExp(`(?:^|; )qazcube_${name}=([a-z]+)`))?.[1] ?? "";

  /* Which theme the browser prefers, told to the server by a cookie; the page is asked for again,
     before it is built, where the server did not know. What the visitor chose goes before. */
  const followBrowser = () => {
    const prefers = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    if (recall("prefers") === prefers) return;
    remember("prefers", prefers);
    const chosen = config.themed || recall("theme") !== "";
    if (!chosen && prefers !== config.theme && recall("prefers") === prefers) location.reload();
  };

  const find = (selector) => {
    for (const root of roots) {
      const node = root.isConnected !== false && root.querySelector(selector);
      if (node) return node;
    }
    return null;
  };

  const say = (text) => {
    const voice = document.getElementById("qc-voice");
    if (voice) { voice.textContent = ""; setTimeout(() => { voice.textContent = text; }, 50); }
  };

  const copy = async (field) => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // addresses without https have no clipboard object
    }
    say(config.messages.copied);
    return config.messages.copied;
  };

  window.qazcube = {
    say,
    copy,
    language(code) {
      remember("lang", code);
      const address = new URL(location.href);
      address.searchParams.set("lang", code);
      location.assign(address);
    },
    open(button, name) {
      const dialog = button.getRootNode().querySelector(`dialog[data-name="${name}"]`);
      const field = dialog.querySelector("[data-address]");
      if (field) {
        const address = new URL(location.href);
        address.searchParams.set("lang", config.language);
        address.searchParams.set("theme", html.dataset.qcTheme);
        field.value = address.href;
      }
      dialog.showModal();
    },
    skip(event) {
      event.preventDefault();
      const target = find("[data-qc-main]") || find(".qc-map") || find("main.main");
      if (!target) return;
      if (target.tabIndex < 0) target.tabIndex = -1;
      target.focus();
    },
  };

  if (config.chosen) remember("lang", config.language);
  if (config.themed) remember("theme", config.theme);
  html.dataset.qcTheme = config.theme;
  followBrowser();
})();
