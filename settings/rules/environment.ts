/** php-fpm's environment, and how long texts may be. */
import { dottedPath } from "../schemaTree";
import { isSecretLike } from "../secretLike";
import { none, problem, type Rule } from "./rule";

/** Linux takes so much for one text of an environment, and a ConfigMap has room for little more. */
const mostTextBytes = 131_072;

/** With 0 for its value PHP leaves memory to the C library, and counts none. */
const uncountedMemory = "USE_ZEND_ALLOC";

export const environmentRules: readonly Rule[] = [
    {
        name: "env-leaves-memory-limit-alone",
        reads: [],
        check: ({ settings: { web }, secretNames }) =>
            [
                ...(uncountedMemory in web.phpFpm.env ? ["web.phpFpm.env"] : []),
                ...(secretNames.includes(uncountedMemory) ? ["secrets"] : []),
            ].flatMap((path) =>
                problem(
                    `${path}.${uncountedMemory}`,
                    "is not allowed, as it turns memory_limit off: a request that takes too much would end all workers. Remove it.",
                ),
            ),
    },
    {
        name: "env-arrives-and-has-no-secrets",
        reads: [],
        check: ({ settings: { web }, secretNames }) =>
            Object.entries(web.phpFpm.env).flatMap(([name, value]) => {
                const path = dottedPath(["web", "phpFpm", "env", name]);
                if (secretNames.includes(name)) {
                    return problem(path, "is also in the key secrets. Remove one of the two.");
                }
                if (name === "PHP_INI_SCAN_DIR") {
                    return problem(path, "is set by the stack. Use web.phpFpm.ini for php.ini settings.");
                }
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
        name: "scan-dir-is-ours",
        reads: [],
        check: ({ secretNames }) =>
            secretNames.includes("PHP_INI_SCAN_DIR")
                ? problem("secrets.PHP_INI_SCAN_DIR", "is set by the stack. Use web.phpFpm.ini for php.ini settings.")
                : none,
    },
    {
        name: "texts-fit-their-places",
        reads: [],
        check: ({ settings: { web, ingressController } }) =>
            Object.entries({
                "web.phpFpm.env": web.phpFpm.env,
                "web.phpFpm.ini": web.phpFpm.ini,
                "web.autoscaling.triggers": web.autoscaling?.triggers ?? [],
                "ingressController.config": ingressController.config,
            }).flatMap(([path, texts]) => {
                const bytes = Buffer.byteLength(JSON.stringify(texts));
                return bytes <= mostTextBytes
                    ? none
                    : problem(
                          path,
                          `found ${bytes} bytes in all. Allowed: at most ${mostTextBytes}, as Kubernetes and Linux bound them; ` +
                              "longer texts go into a file in the image.",
                      );
            }),
    },
];
