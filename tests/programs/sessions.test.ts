/** Sessions that every pod finds, as docs/operations.md has it: with the real Redis and PHP's extension for it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import { needs } from "../helpers/needs";
import { askPod } from "./playPod";

/** Who has logged in, and since how many requests. */
const site = {
    "index.php": `<?php
session_start();
$_SESSION['requests'] = ($_SESSION['requests'] ?? 0) + 1;
echo $_SESSION['requests'];
`,
};

describe("sessions in Redis", function () {
    this.timeout(30_000);
    before(needs("nginx", "php-fpm", "ip", "network namespaces", "redis-server", "PHP's extension for Redis"));

    let folder: string;
    let server: ChildProcess;

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "sessions-test-"));
        chmodSync(folder, 0o755);
        const socket = join(folder, "redis.sock");
        const options = [
            "--port",
            "0",
            "--unixsocket",
            socket,
            "--unixsocketperm",
            "777",
            "--save",
            "",
            "--dir",
            folder,
        ];
        server = spawn("redis-server", options, { stdio: "ignore" });
        while (!existsSync(socket)) {
            if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}.`);
            await sleep(50);
        }
    });

    after(async () => {
        server.kill();
        if (server.exitCode === null) await once(server, "exit");
        rmSync(folder, { recursive: true });
    });

    it("are there in a later pod too", async () => {
        // Pods of a test reach no network, but the file system.
        const path = `unix://${join(folder, "redis.sock")}`;
        const ini = { ini: { "session.save_handler": "redis", "session.save_path": path } };
        const visit = async (cookie: string) => {
            const headers = cookie === "" ? {} : { Cookie: cookie };
            return (await askPod(site, { visit: { path: "/", headers } }, {}, ini)).visit;
        };
        const first = await visit("");
        expect(first).to.include({ status: 200, body: "1" });
        const [cookie = ""] = first.headers?.["set-cookie"] ?? [];
        expect(await visit(cookie.split(";")[0] ?? "")).to.include({ status: 200, body: "2" });
        expect(await visit("")).to.include({ body: "1" });
    });
});
