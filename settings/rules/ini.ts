/** php.ini. */
import { temporaryPath } from "../../components/specs/nginxConf";
import { parseMemoryBytes, parsePhpBytes } from "../../components/units/quantity";
import { countedSettings } from "../../components/workers";
import { whyNoIniName, whyNoIniValue, withoutVariables } from "../phpIni";
import { isWithin, mostMemoryBytes } from "../schema";
import { dottedPath, quoted } from "../schemaTree";
import { isSecretLike } from "../secretLike";
import { none, problem, type Rule } from "./rule";

/** php.ini settings that are the stack's own, in lower case, and how else they are set. */
const ownedIniSettings: ReadonlyMap<string, string> = new Map([
    ["memory_limit", "Use web.phpFpm.memoryLimit."],
    ["opcache.memory_consumption", "Use web.phpFpm.opcacheMemory."],
    ["max_execution_time", "Use web.longestRequestSeconds."],
    ["max_input_time", "Use web.longestRequestSeconds."],
    ["upload_max_filesize", "Use web.nginx.clientMaxBodySize."],
    ["post_max_size", "Use web.nginx.clientMaxBodySize."],
    ["doc_root", "Use web.app.documentRoot."],
    ["cgi.fix_pathinfo", "Remove it: PHP_SELF and PATH_INFO hang on it."],
]);

/** php.ini settings of opcache's own part of its memory, with PHP's defaults. */
const internedStrings = { name: "opcache.interned_strings_buffer", mebibytes: 8 };
const acceleratedFiles = { name: "opcache.max_accelerated_files", files: 10_000 };

/** For each file that opcache has room for: 48 bytes, and it makes room for up to twice as many. */
const acceleratedFileBytes = 96;

/** php.ini settings that name a folder, or a file, that PHP writes to. */
const writtenSettings = [
    "session.save_path",
    "sys_temp_dir",
    "upload_tmp_dir",
    "opcache.file_cache",
    "error_log",
] as const;

/** The folder of a value of session.save_path; undefined where it is none. The handler of files has a depth and a mode before it. */
const folderOf = (value: string) => /^(?:\d+;){0,2}(\/.*)$/.exec(value)?.[1];

const isBelow = (path: string, folders: readonly string[]) => folders.some((each) => `${path}/`.startsWith(`${each}/`));

const sessionFolder = (ini: Readonly<Record<string, string | number | boolean>>) =>
    (ini["session.save_handler"] ?? "files") === "files" ? folderOf(String(ini["session.save_path"] ?? "")) : undefined;

const pathOf = (name: string) => dottedPath(["web", "phpFpm", "ini", name]);

export const iniRules: readonly Rule[] = [
    {
        name: "ini-arrives-and-has-no-secrets",
        reads: [],
        check: ({ settings: { web } }) =>
            Object.entries(web.phpFpm.ini).flatMap(([name, value]) => {
                const path = pathOf(name);
                // In another case PHP would not know it.
                const mend = ownedIniSettings.get(name.toLowerCase());
                const isCounted = countedSettings.some((each) => each === name);
                const reason =
                    whyNoIniName(name) ??
                    (mend === undefined ? undefined : `is set by the stack. ${mend}`) ??
                    (isSecretLike(name, withoutVariables(String(value)))
                        ? "looks like a secret, and stack files are committed. Set it encrypted, and name it here as " +
                          "${NAME}: pulumi config set --secret --path secrets.NAME"
                        : undefined) ??
                    (isCounted && !isWithin(parsePhpBytes(String(value)), mostMemoryBytes)
                        ? `found ${quoted(String(value))}. Allowed: a size with its unit, such as 64M, since it is added up.`
                        : undefined) ??
                    whyNoIniValue(name, value);
                return reason === undefined ? none : problem(path, reason);
            }),
    },
    {
        name: "ini-names-folders-that-php-may-write-to",
        reads: ["web.app.writablePaths", "web.app.volumes"],
        check: ({ settings: { web } }) =>
            writtenSettings.flatMap((name) => {
                const { ini } = web.phpFpm;
                const value = String(ini[name] ?? "");
                const path = name === "session.save_path" ? sessionFolder(ini) : folderOf(value);
                const folders = [
                    temporaryPath,
                    ...web.app.writablePaths,
                    ...web.app.volumes.map(({ path }) => path),
                    ...(name === "error_log" ? ["/dev", "/proc"] : []),
                ];
                return path === undefined || isBelow(path, folders)
                    ? none
                    : problem(
                          pathOf(name),
                          `found ${quoted(value)}, and PHP may write to ${temporaryPath} and what web.app mounts alone. Allowed: ` +
                              "a path in one of them.",
                      );
            }),
    },
    {
        name: "sessions-are-found-by-every-pod",
        reads: ["web.app.writablePaths", "web.app.volumes", "web.replicas"],
        check: ({ settings: { web } }) => {
            const { ini } = web.phpFpm;
            const path = sessionFolder(ini);
            const own = [temporaryPath, ...web.app.writablePaths];
            return path === undefined || web.replicas === 1 || !isBelow(path, own)
                ? none
                : problem(
                      pathOf("session.save_path"),
                      `found ${quoted(String(ini["session.save_path"]))}, a folder that each pod has for itself: whoever has logged ` +
                          "in comes to another pod with the next request, and is logged out. Allowed: a folder of " +
                          "web.app.volumes, or another session.save_handler, such as redis (docs/operations.md).",
                  );
        },
    },
    {
        name: "opcache-fits-into-its-memory",
        reads: ["web.phpFpm.opcacheMemory"],
        check: ({ settings: { web } }) => {
            const { ini, opcacheMemory } = web.phpFpm;
            const given = [internedStrings, acceleratedFiles].find(({ name }) => name in ini);
            const needed = Math.ceil(
                Number(ini[internedStrings.name] ?? internedStrings.mebibytes) +
                    (Number(ini[acceleratedFiles.name] ?? acceleratedFiles.files) * acceleratedFileBytes) / 2 ** 20,
            );
            return given === undefined || needed < (parseMemoryBytes(opcacheMemory) ?? 0) / 2 ** 20
                ? none
                : problem(
                      pathOf(given.name),
                      `found ${quoted(String(ini[given.name]))}, and opcacheMemory is ${opcacheMemory}: opcache's own part of it, ` +
                          `${internedStrings.name} and room for ${acceleratedFiles.name}, is ${needed}Mi, with which php-fpm does ` +
                          "not start. Allowed: less, or a higher opcacheMemory.",
                  );
        },
    },
    {
        name: "jit-has-a-buffer",
        reads: [],
        check: ({ settings: { web } }) =>
            "opcache.jit" in web.phpFpm.ini && !("opcache.jit_buffer_size" in web.phpFpm.ini)
                ? problem(
                      pathOf("opcache.jit"),
                      "has no effect without opcache.jit_buffer_size beside it, such as 64M. Set both, or remove it.",
                  )
                : none,
    },
];
