/* How a widget's browser side reaches the server: by itself where Jupyter serves the page, else through its kernel. */

const API = 'notebook-automation/api/v1/';

class Problem extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Returns what Jupyter says of its page, or null where another program made the page. */
function pageConfig() {
  const element = document.getElementById('jupyter-config-data');
  return element ? JSON.parse(element.textContent || '{}') : null;
}

/** Returns `{url, call}`: `url` leads a browser to the REST, '' where none does; `call` gives the JSON of an answer. */
function serverOf(model) {
  const config = pageConfig();
  return config ? direct(config) : relayed(model);
}

function direct(config) {
  const url = new URL((config.baseUrl || '/') + API, location.href).href;
  const headers = { 'X-Notebook-Automation-Channel': 'widget', Accept: 'application/json' };
  const call = async (method, path, body) => {
    const xsrf = document.cookie.match(/(?:^|;\s*)_xsrf=([^;]*)/);
    const more = body === undefined ? {} : { 'Content-Type': 'application/json' };
    if (xsrf) {
      more['X-XSRFToken'] = xsrf[1];
    }
    if (config.token) {
      more.Authorization = `token ${config.token}`;
    }
    let answer;
    try {
      answer = await fetch(url + path, {
        method,
        headers: { ...headers, ...more },
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: 'same-origin',
        cache: 'no-store'
      });
    } catch (error) {
      throw new Problem('The server does not answer. What is shown may be old.', 0);
    }
    const text = await answer.text();
    const content = text ? parsed(text) : null;
    if (!answer.ok) {
      const said = content && (content.detail || content.message);
      throw new Problem(said || `The server answered with status ${answer.status}.`, answer.status);
    }
    return content;
  };
  return { url, call };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return null;
  }
}

/** In an editor's page the kernel asks the server: a message that it takes when it is free. */
function relayed(model) {
  const waiting = new Map();
  let last = 0;
  model.on('msg:custom', content => {
    const pending = waiting.get(content && content.id);
    if (pending) {
      waiting.delete(content.id);
      if (content.status < 400) {
        pending.resolve(content.body);
      } else {
        pending.reject(new Problem(content.body, content.status));
      }
    }
  });
  const call = (method, path, body) =>
    new Promise((resolve, reject) => {
      last += 1;
      const id = `${Date.now()}-${last}-${Math.random()}`;
      waiting.set(id, { resolve, reject });
      model.send({ id, method, path, body: body === undefined ? null : body });
    });
  return { url: '', call };
}

/** Returns an element; `children` that are no elements become text, so that nothing is ever read as HTML. */
function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) {
      made.addEventListener(key.slice(2), value);
    } else if (value === true) {
      made.setAttribute(key, '');
    } else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(key, String(value));
    }
  }
  made.append(...children.filter(child => child !== null && child !== undefined && child !== ''));
  return made;
}
