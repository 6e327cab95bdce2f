import { withoutFetches } from './safe-html';

describe('withoutFetches', () => {
  const PIXEL = 'data:image/png;base64,AAAA';

  it('keeps text, tables, code, and pictures that came with it', () => {
    const html = `<p>Ship <em>it</em>?</p><code class="language-py"><span class="cm-keyword">if</span></code>`;
    expect(withoutFetches(html)).toBe(html);
    expect(withoutFetches(`<img src="${PIXEL}" alt="plot">`)).toContain(PIXEL);
  });

  it.each([
    ['https://tracker.example/p.png', '<img alt="plot" src="https://tracker.example/p.png">'],
    ['srcset', `<img src="${PIXEL}" srcset="https://tracker.example/p.png 2x">`],
    ['/api/sessions', '<img src="/api/sessions">'],
    ['video', '<video src="https://tracker.example/v.mp4"></video>'],
    ['form', '<form action="/api/x"><input name="a"><button>Go</button></form>'],
    ['style', '<p style="background: url(https://tracker.example/x)">a</p>'],
    ['position', '<p style="position: fixed; inset: 0">a</p>'],
    ['data-commandlinker', '<a data-commandlinker-command="x:y">a</a>'],
    ['jp-Dialog', '<div class="jp-Dialog cm-keyword">a</div>'],
    ['id=', '<a id="jupyter-config-data" name="x">a</a>'],
    ['ping', '<a href="https://a.example" ping="https://tracker.example">a</a>'],
    ['background', '<table background="https://tracker.example/x"><tbody></tbody></table>']
  ])('lets no %s through', (word, html) => {
    const { body } = new DOMParser().parseFromString(withoutFetches(html), 'text/html');
    expect(body.querySelector('img[src^="http"], img[src^="/"], form, input, video')).toBeNull();
    if (!word.startsWith('http')) {
      expect(body.innerHTML).not.toContain(word);
    }
  });

  it('makes a link of a picture from elsewhere, which is fetched when it is clicked', () => {
    const { body } = new DOMParser().parseFromString(
      withoutFetches('<img alt="plot" src="https://other.example/p.png">'),
      'text/html'
    );
    const link = body.querySelector('a')!;
    expect(link.getAttribute('href')).toBe('https://other.example/p.png');
    expect(link.rel).toBe('noopener noreferrer');
    expect(link.textContent).toContain('plot');
  });
});
