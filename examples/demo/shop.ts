import type { Files } from './repository.ts'

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** A small realistic application, as it would lie in a team's repository. */
export const shop: Files = {
  'apps/shop/README.md': '# Shop\n\nWhat runs on the two shop machines. Owned by team Checkout.\n',
  'apps/shop/config/features.json': json({ newCheckout: false, giftCards: true, darkMode: true }),
  'apps/shop/config/limits.json': json({ requestsPerSecond: 200, burst: 50, uploadMegabytes: 8 }),
  'apps/shop/config/logging.json': json({ level: 'info', format: 'json', sample: 0.1 }),
  'apps/shop/nginx/shop.conf': [
    'upstream shop {',
    '  server 127.0.0.1:8080;',
    '  server 127.0.0.1:8081;',
    '}',
    'server {',
    '  listen 80;',
    '  server_name shop.example.com;',
    '  client_max_body_size 8m;',
    '  location / { proxy_pass http://shop; }',
    '}',
    '',
  ].join('\n'),
  'apps/shop/scripts/backup.sh':
    '#!/bin/sh\nset -eu\ntar -czf "/backup/shop-$(date +%F).tar.gz" /var/lib/shop\n',
  'apps/shop/scripts/migrate.sh': '#!/bin/sh\nset -eu\nexec shop migrate --wait 30s\n',
  'apps/shop/systemd/shop.service': [
    '[Unit]',
    'Description=Shop',
    'After=network-online.target',
    '',
    '[Service]',
    'ExecStart=/opt/shop/bin/shop --config /etc/shop',
    'Restart=always',
    '',
  ].join('\n'),
  'apps/shop/texts/de.json': json({ basket: 'Warenkorb', checkout: 'Zur Kasse' }),
  'apps/shop/texts/en.json': json({ basket: 'Basket', checkout: 'Check out' }),
}

/** What changes for the launch. */
export const launchLimits: Files = {
  'apps/shop/config/limits.json': json({ requestsPerSecond: 800, burst: 200, uploadMegabytes: 8 }),
  'apps/shop/nginx/shop.conf': (shop['apps/shop/nginx/shop.conf'] as string).replace(
    '  server 127.0.0.1:8081;\n',
    '  server 127.0.0.1:8081;\n  server 127.0.0.1:8082;\n  server 127.0.0.1:8083;\n',
  ),
}
