/** php-fpm's environment, what no text of a stack file may be, and how long texts may be. */
import { dottedPath } from "../schemaTree";
import { isSecretLike } from "../secretLike";
import { none, problem, type Rule } from "./rule";

/** Linux takes so much for one text of an environment, and a ConfigMap has room for little more. */
const mostTextBytes = 131_072;

/** Why a variable of the environment is not for a stack file: it would change which PHP runs, and by which configuration. */
function whyNotSet(name: string): string | undefined {
    if (name === "PHP_INI_SCAN_DIR" || name === "PHPRC")
        return "is set by the stack. Use web.phpFpm.ini for php.ini settings.";
    // With 0 for its value PHP leaves memory to the C library, and counts none.
    if (name === "USE_ZEND_ALLOC")
        return "is not allowed, as it turns memory_limit off: a request that takes too much would end all workers. Remove it.";
    return name === "PATH" || name.startsWith("LD_")
        ? "is the image's, as it decides which programs and libraries run. Set it there."
        : undefined;
}

/** Texts of a map or a list, each with its path. */
const textsAt = (
    path: readonly PropertyKey[],
    texts: Readonly<Record<string, string>> | readonly string[],
): readonly { readonly path: readonly PropertyKey[]; readonly text: string }[] =>
    Object.entries(texts).map(([key, text]: [string, string]) => ({
        path: [...path, Array.isArray(texts) ? Number(key) : key],
        text,
    }));

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
        name: "annotations-directives-and-commands-have-no-secrets",
        reads: ["web.nginx.directives", "web.release", "web.workers", "web.schedules", "web.monitoring"],
        check: ({ settings: { web, ingressController } }) =>
            [
                ...textsAt(["web", "ingressAnnotations"], web.ingressAnnotations),
                ...textsAt(["web", "pod", "annotations"], web.pod.annotations),
                ...textsAt(["web", "nginx", "directives", "http"], web.nginx.directives.http),
                ...textsAt(["web", "nginx", "directives", "server"], web.nginx.directives.server),
                ...textsAt(["web", "release", "command"], web.release?.command ?? []),
                ...Object.entries(web.workers).flatMap(([name, { command, stopCommand = [] }]) => [
                    ...textsAt(["web", "workers", name, "command"], command),
                    ...textsAt(["web", "workers", name, "stopCommand"], stopCommand),
                ]),
                ...Object.entries(web.schedules).flatMap(([name, { command }]) =>
                    textsAt(["web", "schedules", name, "command"], command),
                ),
                ...textsAt(["ingressController", "service", "annotations"], ingressController.service.annotations),
                ...textsAt(["web", "monitoring"], { serverAddress: web.monitoring?.serverAddress ?? "" }),
            ]
                // By the text alone: a name such as auth-secret is for the name of a Secret.
                .filter(({ text }) => isSecretLike("", text))
                .flatMap(({ path }) =>
                    problem(
                        dottedPath(path),
                        "looks like a secret, and stack files are committed; the object that it gets into is no place for it either.",
                    ),
                ),
    },
    {
        name: "texts-fit-their-places",
        reads: ["web.nginx.directives", "web.release", "web.workers", "web.schedules"],
        check: ({ settings: { web, ingressController } }) =>
            Object.entries({
                "web.phpFpm.env": web.phpFpm.env,
                "web.phpFpm.ini": web.phpFpm.ini,
                "web.pod": web.pod,
                "web.ingressAnnotations": web.ingressAnnotations,
                "web.nginx.directives": web.nginx.directives,
                "web.release.command": web.release?.command ?? [],
                "web.workers": web.workers,
                "web.schedules": web.schedules,
                "web.autoscaling.triggers": web.autoscaling?.triggers ?? [],
                "ingressController.config": ingressController.config,
                "ingressController.service.annotations": ingressController.service.annotations,
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
