import { listen, type Listening } from '../../examples/support/listen.ts';

/** Plays the web API that Context7's server asks, so that its tools answer without the internet. */
export function startLibraryApi(): Promise<Listening> {
  return listen(({ url }, response) => {
    const isSearch = url?.startsWith('/v2/libs/search') === true;
    response.writeHead(isSearch ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isSearch ? { results: [teapot] } : { message: 'out of tea' }));
  }, 0);
}

const teapot = {
  id: '/tea/pot',
  title: 'Teapot',
  description: 'Pours tea.',
  branch: 'main',
  lastUpdateDate: '2027-03-01',
  state: 'finalized',
  totalTokens: 100,
  totalSnippets: 10,
  trustScore: 9,
};
