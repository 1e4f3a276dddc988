import { expect } from "chai";

import { Field } from "../../policy/manifest";
import { hasPort } from "../../policy/ports";
import { isFrontServer, isPhpFpm } from "../../policy/roles";

const container = (fields: object): Field => new Field(fields, "Pod a");

describe("A container", () => {
    const kinds: (readonly [string, string, "nginx" | "php-fpm" | "neither"])[] = [
        ["nginx", "registry.example.com/shop/web:1.2.3", "nginx"],
        ["web", "docker.io/library/nginx:1.30.4", "nginx"],
        ["web", "docker.io/nginxinc/nginx-unprivileged:1.30.4", "nginx"],
        ["php-fpm", "registry.example.com/shop/app:1.2.3", "php-fpm"],
        ["fpm", "registry.example.com/shop/app:1.2.3", "php-fpm"],
        ["app", "registry.example.com/shop/php-fpm:1.2.3", "php-fpm"],
        ["app", "docker.io/library/php:8.4.24-fpm", "php-fpm"],
        ["app", "php:8.4.24-fpm-alpine", "php-fpm"],
        ["app", "php:8.4.24-apache", "nginx"],
        ["app", "example/php-nginx-fpm:1.0", "neither"],
        ["nginx-exporter", "docker.io/nginx/nginx-prometheus-exporter:1.5.1", "neither"],
        ["exporter", "docker.io/hipages/php-fpm_exporter:2.2.0", "neither"],
        ["nginxfpmish", "registry.example.com/nginx/other:1.0", "neither"],
    ];
    kinds.push(
        ["web", "docker.io/library/caddy:2.10.2", "nginx"],
        ["proxy", "openresty/openresty:1.27.1.2-alpine", "nginx"],
        ["apache", "registry.example.com/shop/front:1.0", "nginx"],
        ["app", "wordpress:6.8.3-php8.3-fpm", "php-fpm"],
        ["app", "nextcloud:31.0.9-fpm-alpine", "php-fpm"],
        ["app", "serversideup/php:8.4-fpm-nginx", "neither"],
        ["php-fpm-slowlog", "busybox:1.37.0", "neither"],
        ["nginx-reloader", "registry.example.com/tools/reload:1.0", "neither"],
    );
    for (const [name, image, kind] of kinds) {
        it(`called ${name} with image ${image} is ${kind}`, () => {
            const field = container({ name, image });
            expect([isFrontServer(field), isPhpFpm(field)]).to.deep.equal([kind === "nginx", kind === "php-fpm"]);
        });
    }

    it("is what its own command starts", () => {
        const kindOf = (fields: object) => {
            const field = container({ name: "app", image: "registry.example.com/shop/app:1.0", ...fields });
            return [isFrontServer(field), isPhpFpm(field)];
        };
        for (const fields of [
            { command: ["php-fpm"] },
            { command: ["/usr/local/sbin/php-fpm8.3", "-F"] },
            { command: ["sh", "-c", "php artisan optimize && exec php-fpm"] },
            { args: ["php-fpm"] },
            { args: ["-F"], image: "php:8.4.24-fpm" },
            { ports: [{ name: "fastcgi", containerPort: 9001 }] },
        ]) {
            expect(kindOf(fields), JSON.stringify(fields)).to.deep.equal([false, true]);
        }
        expect(kindOf({ command: ["nginx", "-g", "daemon off;"] })).to.deep.equal([true, false]);
        expect(kindOf({ args: ["apache2-foreground"] })).to.deep.equal([true, false]);
        for (const command of [["/cron.sh"], ["php", "artisan", "queue:work"], ["tail", "-F", "/var/log/php-fpm"]]) {
            expect(kindOf({ image: "php:8.4.24-fpm", command }), command.join(" ")).to.deep.equal([false, false]);
        }
    });

    it("has the ports that it declares, by number and by name", () => {
        const field = container({ name: "nginx", ports: [{ name: "http", containerPort: 8080 }] });
        expect([hasPort(field, 8080), hasPort(field, "http"), hasPort(field, 80)]).to.deep.equal([true, true, false]);
    });

    it("has its image's usual port where it declares none", () => {
        expect(hasPort(container({ name: "nginx" }), 80)).to.equal(true);
        expect(hasPort(container({ name: "php-fpm" }), 9000)).to.equal(true);
        expect(hasPort(container({ name: "php-fpm" }), 80)).to.equal(false);
    });
});
