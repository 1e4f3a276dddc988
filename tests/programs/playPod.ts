/** Starts {@link file://./pod.ts} on configuration as a stack renders it. */
import { join } from "node:path";

import { versionAtLeast } from "../../components/units/imageReference";
import { sampleApplication } from "../../components";
import { nginxConf, temporaryPath, type NginxConfInput } from "../../components/specs/nginxConf";
import { phpFpmConf, phpIni, type PhpFpmConfInput, type PhpIniInput } from "../../components/specs/phpFpmConf";
import type { Answer, Question, Scenario } from "./pod";
import { inNamespace, nginxVersion, phpFpmPath, withFolder, writeFiles } from "./run";

/** As rendered, but for directives that the installed nginx is too old for, and with temporary files in the test's folder. */
export function forThisMachine(text: string, folder: string): string {
    const known = versionAtLeast(nginxVersion(), [1, 27, 4])
        ? text
        : text.replace(/^ *keepalive_min_timeout .*\n/m, "");
    return known.replace(new RegExp(`(pid|_temp_path) ${temporaryPath}/`, "g"), `$1 ${folder}/temporary-`);
}

export function baseNginx(): NginxConfInput {
    return {
        version: nginxVersion(),
        workerProcesses: 2,
        requestsAtOnce: 64,
        clientMaxBodySize: "8m",
        workerShutdownTimeoutSeconds: 10,
        fastcgiReadTimeoutSeconds: 10,
        documentRoot: "/var/www/html",
        frontController: "index.php",
        healthPath: "/healthz",
        metrics: false,
        keepaliveSeconds: 75,
        ipv6: true,
        trustedProxies: ["127.0.0.0/8"],
        proxiesInChain: false,
        headerSize: "16k",
        gzip: true,
        staticMaxAgeSeconds: 600,
        phpFiles: "any",
        missingAssets: "notFound",
        keptAssets: undefined,
        strippedPrefix: undefined,
        servedHosts: [],
        redirectedHosts: [],
        writablePaths: [],
        directives: { http: [], server: [] },
    };
}

export function basePhpFpm(): PhpFpmConfInput {
    return {
        maxChildren: 4,
        maxRequests: 1000,
        requestsAtOnce: 64,
        memoryLimit: "32Mi",
        requestTerminateTimeoutSeconds: 10,
        processControlTimeoutSeconds: 5,
    };
}

export const basePhpIni: PhpIniInput = {
    opcacheMemory: "16Mi",
    clientMaxBodySize: "8m",
    longestRequestSeconds: 10,
    ini: {},
};

/** An application that gives itself all the memory there is, as some do. */
const raisingPage = `<?php
ini_set('memory_limit', '-1');
echo strlen(str_repeat('.', 64 << 20));
`;

/** Much more than the kernel holds of two connections. */
export const largeBytes = 48 << 20;

const streamingPage = `<?php
header('X-Accel-Buffering: no');
echo 'first';
ob_flush();
flush();
sleep(1);
echo 'last';
`;

/** A proxy as ingress-nginx is one, without what that says of itself. @param buffering "off": it streams both ways */
function proxyConf(folder: string, buffering: string): string {
    const temporary = ["client_body", "proxy", "fastcgi", "scgi", "uwsgi"]
        .map((name) => `    ${name}_temp_path ${folder}/temporary-of-proxy-${name};\n`)
        .join("");
    return `pid ${folder}/proxy.pid;
daemon off;
error_log /dev/stderr warn;
events {}
http {
    access_log off;
${temporary}    server {
        listen 127.0.0.1:8090;
        location / {
            proxy_pass http://127.0.0.1:8080;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering ${buffering === "off" ? "off" : "on"};
            proxy_request_buffering ${buffering === "off" ? "off" : "on"};
            proxy_buffer_size 4k;
            proxy_buffers 4 4k;
        }
    }
}
`;
}

/** Asks a pod with these files in its document root, one question after the other. */
export async function askPod<Name extends string>(
    files: Readonly<Record<string, string>>,
    questions: Readonly<Record<Name, Question>>,
    nginx: Partial<NginxConfInput> = {},
    ini: Partial<PhpIniInput> = {},
): Promise<Record<Name | "nginx" | "phpFpm", Answer>> {
    return await withFolder(async (folder) => {
        const documentRoot = join(folder, "html");
        const writablePaths = (nginx.writablePaths ?? []).map((path) => join(documentRoot, path));
        writeFiles(documentRoot, files);
        writeFiles(folder, {
            "nginx.conf": forThisMachine(nginxConf({ ...baseNginx(), documentRoot, ...nginx, writablePaths }), folder),
            "php-fpm.conf": phpFpmConf(basePhpFpm()),
            "php.ini": phpIni({ ...basePhpIni, ...ini }),
            "questions.json": JSON.stringify(questions),
        });
        return (await play(folder, "ask")) as Record<Name | "nginx" | "phpFpm", Answer>;
    });
}

/** @returns what {@link file://./pod.ts} prints */
export async function play(folder: string, scenario: Scenario, ...more: readonly string[]): Promise<unknown> {
    const command = [process.execPath, "--import", "tsx", join(__dirname, "pod.ts")];
    return JSON.parse(await inNamespace([...command, folder, scenario, phpFpmPath(), ...more]));
}

/** Plays a scenario in a network namespace of its own, so that ports are free and nobody else is reached. */
export async function playPod(
    scenario: Scenario,
    phpFpm: PhpFpmConfInput,
    nginx: Partial<NginxConfInput> = {},
    ...more: readonly string[]
): Promise<Partial<Record<string, Answer>>> {
    return await withFolder(async (folder) => {
        const documentRoot = join(folder, "html");
        writeFiles(documentRoot, {
            ...sampleApplication(),
            "raise.php": raisingPage,
            "large.bin": ".".repeat(largeBytes),
            "large.php": `<?php for ($i = 0; $i < ${largeBytes >> 20}; $i++) echo str_repeat('.', 1 << 20);\n`,
            "stream.php": streamingPage,
            "plain.txt": "served by nginx itself\n",
            ".env": "SECRET=1\n",
        });
        writeFiles(folder, {
            "nginx.conf": forThisMachine(
                nginxConf({
                    ...baseNginx(),
                    documentRoot,
                    ...nginx,
                }),
                folder,
            ),
            "php-fpm.conf": phpFpmConf(phpFpm),
            "php.ini": phpIni(basePhpIni),
            "proxy.conf": proxyConf(folder, more[0] ?? ""),
        });
        return (await play(folder, scenario, ...more)) as Record<string, Answer>;
    });
}
