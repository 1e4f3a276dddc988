/** php-fpm's environment and php.ini. */
import { parsePhpBytes } from "../../components/units/quantity";
import { whyNoIniName, whyNoIniValue, withoutVariables } from "../phpIni";
import { isWithin, mostMemoryBytes } from "../schema";
import { dottedPath, quoted } from "../schemaTree";
import { isSecretLike } from "../secretLike";
import { sharedMemorySettings } from "../../components/workers";
import { none, problem, type Rule } from "./rule";

/** Linux takes so much for one text of an environment, and a ConfigMap has room for little more. */
const mostTextBytes = 131_072;

/** php.ini settings that other settings are written to. */
const ownedIniSettings: ReadonlyMap<string, string> = new Map([
    ["memory_limit", "web.phpFpm.memoryLimit"],
    ["opcache.memory_consumption", "web.phpFpm.opcacheMemory"],
    ["max_execution_time", "web.longestRequestSeconds"],
    ["max_input_time", "web.longestRequestSeconds"],
    ["upload_max_filesize", "web.nginx.clientMaxBodySize"],
    ["post_max_size", "web.nginx.clientMaxBodySize"],
]);

/** Why a variable of the environment is not for a stack file: it would change which PHP runs, and by which configuration. */
function whyNotSet(name: string): string | undefined {
    if (name === "PHP_INI_SCAN_DIR" || name === "PHPRC")
        return "is set by the stack. Use web.phpFpm.ini for php.ini settings.";
    return name === "PATH" || name.startsWith("LD_")
        ? "is the image's, as it decides which programs and libraries run. Set it there."
        : undefined;
}

export const environmentRules: readonly Rule[] = [
    {
        name: "env-arrives-and-has-no-secrets",
        reads: [],
        check: ({ settings: { web }, secretNames }) =>
            Object.entries(web.phpFpm.env).flatMap(([name, value]) => {
                const path = dottedPath(["web", "phpFpm", "env", name]);
                if (secretNames.includes(name)) {
                    return problem(path, "is also in the key secrets. Remove one of the two.");
                }
                const reason = whyNotSet(name);
                if (reason !== undefined) return problem(path, reason);
                if (value.includes("\0"))
                    return problem(path, "has a null character in it, which no environment can hold.");
                return isSecretLike(name, value)
                    ? problem(
                          path,
                          "looks like a secret, and stack files are committed. Set it encrypted: " +
                              `pulumi config set --secret --path ${dottedPath(["secrets", name])}`,
                      )
                    : none;
            }),
    },
    {
        name: "secrets-are-not-what-php-runs-by",
        reads: [],
        check: ({ secretNames }) =>
            secretNames.flatMap((name) => {
                const reason = whyNotSet(name);
                return reason === undefined ? none : problem(dottedPath(["secrets", name]), reason);
            }),
    },
    {
        name: "ini-arrives-and-has-no-secrets",
        reads: [],
        check: ({ settings: { web } }) =>
            Object.entries(web.phpFpm.ini).flatMap(([name, value]) => {
                const path = dottedPath(["web", "phpFpm", "ini", name]);
                // In another case PHP would not know it.
                const owner = ownedIniSettings.get(name.toLowerCase());
                const isShared = sharedMemorySettings.some((each) => each === name);
                const reason =
                    whyNoIniName(name) ??
                    (owner === undefined ? undefined : `is set by the stack. Use ${owner}.`) ??
                    (isSecretLike(name, withoutVariables(String(value)))
                        ? "looks like a secret, and stack files are committed. Set it encrypted, and name it here as " +
                          "${NAME}: pulumi config set --secret --path secrets.NAME"
                        : undefined) ??
                    (isShared && !isWithin(parsePhpBytes(String(value)), mostMemoryBytes)
                        ? `found ${quoted(String(value))}. Allowed: a size with its unit, such as 64M, since it is added up.`
                        : undefined) ??
                    whyNoIniValue(name, value);
                return reason === undefined ? none : problem(path, reason);
            }),
    },
    {
        name: "jit-has-a-buffer",
        reads: [],
        check: ({ settings: { web } }) =>
            "opcache.jit" in web.phpFpm.ini && !("opcache.jit_buffer_size" in web.phpFpm.ini)
                ? problem(
                      dottedPath(["web", "phpFpm", "ini", "opcache.jit"]),
                      "has no effect without opcache.jit_buffer_size beside it, such as 64M. Set both, or remove it.",
                  )
                : none,
    },
    ...(["env", "ini"] as const).map((key): Rule => ({
        name: `${key}-fits-its-place`,
        reads: [],
        check: ({ settings: { web } }) => {
            const bytes = Buffer.byteLength(Object.entries(web.phpFpm[key]).flat().join(""));
            return bytes <= mostTextBytes
                ? none
                : problem(
                      `web.phpFpm.${key}`,
                      `found ${bytes} bytes in all. Allowed: at most ${mostTextBytes}, as Kubernetes and Linux bound them; ` +
                          "longer texts go into a file in the image.",
                  );
        },
    })),
];
