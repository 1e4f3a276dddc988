import { expect } from "chai";
import fc from "fast-check";

import {
    parseImageReference,
    tagVersion,
    versionAtLeast,
    whyNotPinned,
} from "../../../components/units/imageReference";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("parseImageReference", () => {
    it("takes a reference apart", () => {
        expect(parseImageReference("nginx")).to.deep.equal({ repository: "nginx" });
        expect(parseImageReference("docker.io/library/nginx:1.30.4")).to.deep.equal({
            repository: "docker.io/library/nginx",
            tag: "1.30.4",
        });
        expect(parseImageReference(`registry.example.com:5000/a/b-c:v1@${digest}`)).to.deep.equal({
            repository: "registry.example.com:5000/a/b-c",
            tag: "v1",
            digest,
        });
        expect(parseImageReference("Registry.Example.COM/nginx:1")).to.deep.equal({
            repository: "Registry.Example.COM/nginx",
            tag: "1",
        });
        for (const repository of ["registry.example.com/a__b", "a--b", "a.b/c_d", "r-1.example.com/a"]) {
            expect(parseImageReference(repository)).to.deep.equal({ repository });
        }
        expect(parseImageReference("localhost:5000/nginx")).to.deep.equal({ repository: "localhost:5000/nginx" });
    });

    for (const text of [
        "",
        "Nginx:1",
        "registry.example.com/Nginx:1",
        "nginx:",
        "nginx: 1",
        " nginx:1",
        "nginx:1 ",
        "nginx:1\n",
        "https://docker.io/nginx:1",
        "nginx@sha256:1234",
        `nginx:1@${digest.toUpperCase()}`,
        `nginx:${"1".repeat(129)}`,
        "a//b:1",
        "/nginx:1",
        "nginx:1:2",
        "a..b/nginx:1",
        "-registry.example.com/nginx:1",
        "registry-.example.com/nginx:1",
        "registry.example.com:123456/nginx:1",
        "registry.example.com/a___b:1",
        "registry.example.com/a._b:1",
        `registry.example.com/${"a".repeat(250)}:1`,
    ]) {
        it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
            expect(parseImageReference(text)).to.equal(undefined);
        });
    }

    it("answers at once, however long the text", () => {
        const start = performance.now();
        for (const text of [
            `${"a.".repeat(50_000)}!`,
            `${"a/".repeat(50_000)}!`,
            "a-_".repeat(50_000),
            "a".repeat(200_000),
        ]) {
            parseImageReference(text);
        }
        expect(performance.now() - start).to.be.below(500);
    });
});

describe("whyNotPinned", () => {
    for (const text of [
        "nginx:1.30.4",
        "nginx:1.30",
        "app:v1.30.4-alpine3.22",
        "app:release-1.2.3",
        "app:build-417",
        "app:main-1a2b3c4",
        "app:sha-3f9c2ab",
        "app:2024-05-01.2",
        "app:417",
        "app:3f9c2ab",
        "app:devel-20260501",
        "php:8.4.24-fpm",
        "app:8.4-fpm-nginx-v3.6.0",
        "app:2024-05-01",
        `nginx:stable@${digest}`,
    ]) {
        it(`takes ${text.slice(0, 30)} for pinned`, () => {
            expect(whyNotPinned(text)).to.equal(undefined);
        });
    }

    for (const tag of [
        "latest",
        "latest-1",
        "stable-alpine3.20",
        "mainline",
        "main-2",
        "8-fpm",
        "8.4-fpm",
        "pr-12",
        "feature-12",
        "stable-alpine3.22.1",
        "8.4-fpm-alpine3.22.1",
        "fpm-bookworm-12",
        "1",
        "v2",
        "v1-alpine",
    ]) {
        it(`knows that ${tag} moves`, () => {
            expect(whyNotPinned(`nginx:${tag}`)).to.include("moves");
        });
    }

    for (const [text, reason] of [
        ["nginx", "has no tag, which means latest"],
        ["nginx:latest", "has the tag latest, which moves"],
        ["nginx:latest-1", "has the tag latest-1, which moves"],
        ["nginx:stable", "has the tag stable, which moves"],
        ["php:fpm", "has the tag fpm, which names no version and moves"],
        [`nginx@${digest}`, "has a digest but no tag to read its version from"],
        ["Nginx:1", "is not an image reference (repository:tag or repository:tag@sha256:...)"],
    ] as const) {
        it(`says of ${text.slice(0, 30)} that it ${reason.slice(0, 40)}`, () => {
            expect(whyNotPinned(text)).to.equal(reason);
        });
    }
});

describe("tagVersion", () => {
    it("reads the numbers that a tag starts with", () => {
        expect(tagVersion("nginx:1.30.4-alpine")).to.deep.equal([1, 30, 4]);
        expect(tagVersion("nginx:v2")).to.deep.equal([2]);
        expect(tagVersion("nginx:stable-1.30")).to.equal(undefined);
        expect(tagVersion("nginx")).to.equal(undefined);
        expect(tagVersion("Not an image")).to.equal(undefined);
    });
});

describe("versionAtLeast", () => {
    it("compares number by number, missing ones as 0", () => {
        expect(versionAtLeast([1, 30, 4], [1, 27, 4])).to.equal(true);
        expect(versionAtLeast([1, 9], [1, 27])).to.equal(false);
        expect(versionAtLeast([1, 27], [1, 27, 4])).to.equal(false);
        expect(versionAtLeast([2], [1, 27, 4])).to.equal(true);
        expect(versionAtLeast([1, 27, 4], [1, 27, 4])).to.equal(true);
        expect(versionAtLeast([], [])).to.equal(true);
    });

    it("orders any two versions one way or the other", () => {
        const version = fc.array(fc.nat({ max: 3 }), { maxLength: 4 });
        fc.assert(
            fc.property(version, version, (a, b) => {
                expect(versionAtLeast(a, b) || versionAtLeast(b, a)).to.equal(true);
                expect(versionAtLeast([...a, 0], a) && versionAtLeast(a, [...a, 0])).to.equal(true);
            }),
        );
    });
});
