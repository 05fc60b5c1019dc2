import { loadHtml } from '../../../shared/model/text/html.ts';

export { PRODUCT } from '../../world/product.ts';

// What is loaded late is loaded before.
await loadHtml();
