import { framed } from './sandbox-page';

describe('framed', () => {
  const html = '<script>alert("<!--")</script>\u2028"\\';
  const page = framed(html, '</script> & "title"');

  it('holds the page as data that ends no script', () => {
    expect(page.match(/<\/script/g)).toHaveLength(1);
    expect(page).not.toContain('<!--');
    const [, held] = /new Blob\(\[("[^]*")\], /.exec(page) ?? [];
    expect((JSON.parse(held) as string).startsWith(html)).toBe(true);
  });

  it('has its policy before anything of the page', () => {
    const policy = page.indexOf('Content-Security-Policy');
    expect(policy).toBeGreaterThan(0);
    expect(policy).toBeLessThan(page.indexOf('new Blob'));
  });

  it('tells its height only where it is asked to', () => {
    expect(page).not.toContain('postMessage');
    const fitting = framed(html, 'title', true);
    expect(fitting).toContain('Number(data && data.height)');
    expect(fitting.match(/<\/script/g)).toHaveLength(1);
  });

  it('names the sites that may be asked, and lets none be chosen', () => {
    const [, policy] = /content="([^"]+)"/.exec(page) ?? [];
    const sources = policy.split(/[\s;]+/);
    expect(policy).toContain("default-src 'none'");
    for (const any of ['*', 'https:', 'http:', "'self'"]) {
      expect(sources).not.toContain(any);
    }
  });
});
