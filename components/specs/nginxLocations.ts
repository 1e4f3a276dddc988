/** What nginx does with a path: sends a file, asks PHP, or answers itself. */
import { headersOf, type Directives } from "../nginxDirectives";
import { withinDocumentRoot } from "../writtenFolders";
import { alivePath, fastcgiAddress, pingPath, readinessPort, readyPath } from "./names";

export interface LocationsInput {
    /** Requests to php-fpm at once, those included that wait for it or whose client takes the answer slowly. */
    readonly requestsAtOnce: number;
    readonly frontController: string;
    /** What the application is asked for by readiness. One that ends in .php is that file's, any other one the front controller's. */
    readonly healthPath: string;
    /** Which PHP files may be asked for: any below the document root, or the front controller alone. */
    readonly phpFiles: "any" | "frontController";
    /** Who answers what looks like a style sheet, a script or an image, and is no file: nginx with a 404, or PHP. */
    readonly missingAssets: "notFound" | "application";
    readonly documentRoot: string;
    /** Folders that PHP may write to: what a visitor has put there is not run. */
    readonly writablePaths: readonly string[];
    /** Folders of hashed files, and where those are that other releases have in them; undefined where they are not kept. */
    readonly keptAssets: { readonly paths: readonly string[]; readonly folder: string } | undefined;
    /** Path prefix that the application does not see, without a slash at its end; undefined where it sees all. */
    readonly strippedPrefix: string | undefined;
    /** Further ones of the stack's own. */
    readonly directives: Directives;
}

/** As lines, with the indentation of their place. */
export const lines = (directives: readonly string[], indentation: string) =>
    directives.map((directive) => `${indentation}${directive};\n`).join("");

const assets = "css|js|mjs|map|png|jpe?g|gif|webp|avif|svg|ico|bmp|woff2?|ttf|otf|eot|wasm|mp3|mp4|webm|ogg";

/** Copies of editors, and what is PHP, a dump or a configuration under another name. */
const neverSent =
    "bak|old|orig|save|sw[op]|tmp|inc|dist|phtml|phar|phps|php[0-9]|sql|sqlite3?|log|ini|conf|ya?ml|lock|sh|twig|neon|env";

/** The body of the server. */
export function locations(input: LocationsInput): string {
    const toPhp = `            limit_conn requests ${input.requestsAtOnce};
            fastcgi_pass ${fastcgiAddress};
`;
    const isAny = input.phpFiles === "any";
    // A location with an add_header of its own has none of those around it.
    const ofFile = `            add_header Last-Modified "";
            add_header Cache-Control $cache_of_file;
${lines(headersOf(input.directives), "            ")}`;
    return `${prefix(input.strippedPrefix)}        set $path_info "";
${lines(input.directives.server, "        ")}
        # What a visitor is led to is told without scheme and host: those are the visitor's own.
        absolute_redirect off;

        # nginx alone: liveness.
        location = ${alivePath} {
            access_log off;
            default_type text/plain;
            return 200 "alive\\n";
        }

        # php-fpm's own answer.
        location = ${pingPath} {
            access_log off;
            set $script ${pingPath};
            fastcgi_pass ${fastcgiAddress};
        }

        # Through php-fpm and the application: readiness, by a worker of its own, which no visitor takes from it.
        location = ${readyPath} {
            access_log off;
            if ($http_x_forwarded_for) {
                return 404;
            }
            set $script ${input.healthPath.endsWith(".php") ? input.healthPath : `/${input.frontController}`};
            rewrite ^ ${input.healthPath} break;
            fastcgi_pass 127.0.0.1:${readinessPort};
        }

        location / {
            try_files $uri @application;
${ofFile}        }

        location @application {
            set $script /${input.frontController};
            set $path_info "";
${isAny ? ofDirectories(input.strippedPrefix ?? "") : ""}${toPhp}        }

        # Of several patterns that fit, the first is taken. First .git, .env and the like.
        location ~ /\\.(?!well-known/) {
            return 404;
        }

        # ${neverSent.split("|")[0] ?? ""} and the like are not sent, and a path of the application may look like one.
        location ~* (?:~|\\.(?:${neverSent}))$ {
            try_files /-/nothing @unsent;
        }

        location @unsent {
            if (-f $request_filename) {
                return 404;
            }
            set $script /${input.frontController};
            set $path_info "";
${toPhp}        }

${neverRun(input)}${isAny ? anyPhp(toPhp) : frontControllerAlone(input.frontController, toPhp)}
${kept(input, ofFile)}        # For what is missing here, PHP is not started${input.missingAssets === "application" ? ", unless the application makes such files" : ""}.
        location ~* \\.(?:${assets})$ {
            try_files $uri ${unlessMade(input)};
${ofFile}        }
`;
}

/** What becomes of a style sheet, a script or an image that is no file. */
const unlessMade = ({ missingAssets }: LocationsInput) => (missingAssets === "application" ? "@application" : "=404");

/**
 * The pod's own file comes first. After the patterns of what is not sent, and of PHP: those hold for what is kept, too. Of links
 * there it takes none, though nobody has put any.
 */
function kept(input: LocationsInput, ofFile: string): string {
    if (input.keptAssets === undefined) return "";
    const { paths, folder } = input.keptAssets;
    const below = `^/(?:${paths.map(escaped).join("|")})/`;
    const ways = [
        { name: "@kept_asset", pattern: `${below}.*\\.(?i:${assets})$`, otherwise: unlessMade(input) },
        { name: "@kept", pattern: below, otherwise: "@application" },
    ];
    return ways
        .map(
            ({ name, pattern, otherwise }) => `        # What this release has not, another one's page may ask for.
        location ~ ${pattern} {
            try_files $uri ${name};
${ofFile}        }

        location ${name} {
            root ${folder};
            disable_symlinks on from=$document_root;
            try_files $uri ${otherwise};
${ofFile}        }

`,
        )
        .join("");
}

/** For a regular expression. */
const escaped = (path: string) => path.replaceAll(/[.+]/g, "\\$&");

/** Once, before a location is looked for: the application may have a path of that name too. */
function prefix(stripped: string | undefined): string {
    if (stripped === undefined) return "";
    const pattern = stripped.replaceAll(/[.+]/g, "\\$&");
    return `        rewrite ^${pattern}$ ${stripped}/ permanent;
        rewrite ^${pattern}(/.*)$ $1;
`;
}

/** An administration in a folder of its own: /admin leads to /admin/, which its index.php answers. */
function ofDirectories(strippedPrefix: string): string {
    return `            if (-f $document_root$index_beside) {
                return 301 ${strippedPrefix}$uri/$is_args$args;
            }
            if (-f $document_root$index_within) {
                set $script $index_within;
            }
`;
}

/** What is written while the application runs is no part of it. */
function neverRun(input: LocationsInput): string {
    return writtenPatterns(input)
        .map((path) => `        location ~ ^/${path}/.*\\.php(?:/|$) {\n            return 404;\n        }\n\n`)
        .join("");
}

/** Of the folders below the document root that are written to, as paths from there. */
function writtenPatterns({ documentRoot, writablePaths }: LocationsInput): readonly string[] {
    return withinDocumentRoot(documentRoot, writablePaths).map(escaped);
}

/** With PATH_INFO, and only what is a file: in upload.jpg/x.php there is none. */
function anyPhp(toPhp: string): string {
    return `        location ~ ^(?<php_file>/.*?\\.php)(?<php_path>/.*)?$ {
            try_files $php_file @application;
            set $script $php_file;
            set $path_info $php_path;
${toPhp}        }
`;
}

function frontControllerAlone(frontController: string, toPhp: string): string {
    return `        location ~ ^/${frontController.replaceAll(".", "\\.")}(?<php_path>/.*)?$ {
            set $script /${frontController};
            set $path_info $php_path;
${toPhp}        }

        # No other PHP file is run, and none is sent.
        location ~ \\.php(?:/|$) {
            return 404;
        }
`;
}

/** Variables of the server: names in it, and what PHP is told of its own path. */
export function pathVariables(input: LocationsInput): string {
    const { healthPath, strippedPrefix } = input;
    // Before the others, as the first pattern that fits counts: what is written has no index that is run.
    const written = writtenPatterns(input)
        .map((path) => `        "~^/${path}(?:/|$)" /-;\n`)
        .join("");
    return `    map $uri $index_within {
        default /-;
${written}        "~^(?<folder>/.+/)$" \${folder}index.php;
    }
    map $uri $index_beside {
        default /-;
${written}        "~[^/]$" $uri/index.php;
    }
    map $request_uri $application_uri {
        default $request_uri;
        ${readyPath} ${healthPath};
${strippedPrefix === undefined ? "" : `        "~^${strippedPrefix.replaceAll(/[.+]/g, "\\$&")}(?<application_path>/.*)$" $application_path;\n`}    }
`;
}
