import { expect } from "chai";

import { Field } from "../../policy/manifest";
import { hasPort } from "../../policy/ports";
import { isFrontServer, isPhpFpm } from "../../policy/roles";

const container = (fields: object): Field => new Field(fields, "Pod a");

describe("A container", () => {
    const kinds: readonly (readonly [string, string, "nginx" | "php-fpm" | "neither"])[] = [
        ["nginx", "registry.example.com/shop/web:1.2.3", "nginx"],
        ["web", "docker.io/library/nginx:1.30.4", "nginx"],
        ["web", "docker.io/nginxinc/nginx-unprivileged:1.30.4", "nginx"],
        ["php-fpm", "registry.example.com/shop/app:1.2.3", "php-fpm"],
        ["fpm", "registry.example.com/shop/app:1.2.3", "php-fpm"],
        ["app", "registry.example.com/shop/php-fpm:1.2.3", "php-fpm"],
        ["app", "docker.io/library/php:8.4.24-fpm", "php-fpm"],
        ["app", "php:8.4.24-fpm-alpine", "php-fpm"],
        ["app", "php:8.4.24-apache", "neither"],
        ["app", "example/php-nginx-fpm:1.0", "neither"],
        ["nginx-exporter", "docker.io/nginx/nginx-prometheus-exporter:1.5.1", "neither"],
        ["exporter", "docker.io/hipages/php-fpm_exporter:2.2.0", "neither"],
        ["nginxfpmish", "registry.example.com/nginx/other:1.0", "neither"],
    ];
    for (const [name, image, kind] of kinds) {
        it(`called ${name} with image ${image} is ${kind}`, () => {
            const field = container({ name, image });
            expect([isFrontServer(field), isPhpFpm(field)]).to.deep.equal([kind === "nginx", kind === "php-fpm"]);
        });
    }

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
