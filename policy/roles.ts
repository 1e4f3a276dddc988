/** Which container is what: php-fpm, the server in front of it, or another's exporter. */
import { parseImageReference, type ImageReference } from "../components/units/imageReference";
import { all, any, first, gather, matching, some } from "./known";
import type { Field } from "./manifest";
import { runningContainers } from "./pod";
import { programOf } from "./shell";

// --- What a container says of itself ---------------------------------------------------------------------------------

const words = (text: string): readonly string[] => text.toLowerCase().split(/[^a-z0-9]+/);

function imageOf(container: Field): ImageReference | undefined {
    return parseImageReference(container.at("image").text ?? "");
}

const nameWords = (container: Field): readonly string[] => words(container.at("name").text ?? "");

/** The words of the last segment of the image's repository. */
const imageWords = (container: Field): readonly string[] =>
    words(imageOf(container)?.repository.replace(/^.*\//, "") ?? "");

const tagWords = (container: Field): readonly string[] => words(imageOf(container)?.tag ?? "");

const texts = (list: Field): readonly string[] => list.items.map((item) => item.text ?? "");

/** What runs instead of the image's own command; undefined where that runs. Options alone are given to it. */
function ownCommand(container: Field): readonly string[] | undefined {
    const args = texts(container.at("args"));
    const command = texts(container.at("command"));
    if (command.length > 0) return [...command, ...args];
    return args.length === 0 || args[0]?.startsWith("-") === true ? undefined : args;
}

/** True where the container's own command starts such a program, through a shell or an entrypoint too. */
function starts(container: Field, isProgram: (program: string) => boolean): boolean {
    const tokens = (ownCommand(container) ?? []).flatMap((word) => word.split(/[\s;&|()]+/));
    return tokens.some((token) => !/^\/(?!.*s?bin\/)/.test(token) && isProgram(programOf(token)));
}

/** What a name says by its last word. php-fpm-slowlog and nginx-reloader are something else. */
const endsWith = (names: readonly string[], isWord: (word: string) => boolean): boolean =>
    isWord(names.findLast((word) => !/^\d*$/.test(word)) ?? "");

// --- Kinds -----------------------------------------------------------------------------------------------------------

const isPhpFpmWord = (word: string): boolean => word === "fpm" || word === "phpfpm";
const isPhpFpmProgram = (program: string): boolean => /^php-fpm[\d.]*$/.test(program);

/** Port names of FastCGI. */
export const isFastCgiName = (name: string): boolean => /^(fastcgi|fcgi|(php-?)?fpm)$/.test(name);

const fastCgiPort = 9000;
const webPorts: readonly number[] = [80, 443, 8080, 8443];

/** True for the ports that web servers have, by number or by name. */
export function isWebPort(number: unknown, name: string | undefined): boolean {
    return webPorts.includes(Number(number)) || /^(https?|web)(-|$)/.test(name ?? "");
}

/** The servers that stand before php-fpm, as images, containers and programs are called. */
const frontServers: readonly string[] = [
    "nginx",
    "openresty",
    "angie",
    "freenginx",
    "tengine",
    "caddy",
    "httpd",
    "apache",
    "apache2",
    "lighttpd",
];
const isFrontWord = (word: string): boolean => frontServers.includes(word);
const isFrontProgram = (program: string): boolean => isFrontWord(program.replace(/-foreground$/, ""));

/** An exporter has the name of what it watches, and serves no request. */
export function isExporter(container: Field): boolean {
    return any(
        () => nameWords(container).includes("exporter"),
        () => imageWords(container).includes("exporter"),
    );
}

function namesFrontServer(container: Field): boolean {
    return any(
        () => endsWith(nameWords(container), isFrontWord),
        () =>
            all(
                // PHP's official images (php, wordpress, drupal, ...) say apache in their tags.
                () => imageWords(container).some(isFrontWord) || tagWords(container).includes("apache"),
                () => ownCommand(container) === undefined,
            ),
    );
}

function namesPhpFpm(container: Field): boolean {
    return any(
        () => endsWith(nameWords(container), isPhpFpmWord),
        () => container.at("ports").items.some((port) => isFastCgiName(port.at("name").text ?? "")),
        () =>
            all(
                () =>
                    any(
                        () => imageWords(container).some(isPhpFpmWord),
                        // The official images (php, wordpress, nextcloud, drupal, ...) say fpm in their tags.
                        () => tagWords(container).includes("fpm"),
                    ),
                () => ownCommand(container) === undefined,
            ),
    );
}

/** Both in one container, which stops them by means of its own. */
function holdsBoth(container: Field): boolean {
    return all(
        () => namesPhpFpm(container),
        () =>
            any(
                () => namesFrontServer(container),
                () => tagWords(container).some(isFrontWord),
            ),
    );
}

/** A server such as nginx, Caddy or Apache in a container of its own. */
export function isFrontServer(container: Field): boolean {
    return any(
        () => starts(container, isFrontProgram),
        () =>
            all(
                () => namesFrontServer(container),
                () => !namesPhpFpm(container),
                () => !starts(container, isPhpFpmProgram),
                () => !isExporter(container),
            ),
    );
}

/** php-fpm in a container of its own. */
export function isPhpFpm(container: Field): boolean {
    return any(
        () =>
            all(
                () => starts(container, isPhpFpmProgram),
                () => !starts(container, isFrontProgram),
            ),
        () =>
            all(
                () => namesPhpFpm(container),
                () => !holdsBoth(container),
                () => !starts(container, isFrontProgram),
                () => !isExporter(container),
            ),
    );
}

/** True for the servers that end at once, with all requests, where they get TERM: all of the above but Caddy. */
export function endsOnTerm(container: Field): boolean {
    return any(
        () => isPhpFpm(container),
        () =>
            all(
                () => isFrontServer(container),
                () => !imageWords(container).includes("caddy"),
                () => !nameWords(container).includes("caddy"),
            ),
    );
}

// --- In a pod --------------------------------------------------------------------------------------------------------

const declares = (container: Field, isPort: (number: unknown, name: string | undefined) => boolean): boolean =>
    some(container.at("ports").items, (port) => isPort(port.at("containerPort").numberOrText, port.at("name").text));

/** The front servers of a pod; where none has the name of one, what listens on a web server's port beside php-fpm. */
export function frontServersOf(podSpec: Field): Iterable<Field> {
    const named = gather(matching(runningContainers(podSpec), isFrontServer));
    if (named.known.length > 0) return matching(runningContainers(podSpec), isFrontServer);
    if (first(matching(runningContainers(podSpec), isPhpFpm)) === undefined) return [];
    return matching(runningContainers(podSpec), (container) =>
        all(
            () => declares(container, isWebPort),
            () => !isPhpFpm(container),
            () => !isExporter(container),
        ),
    );
}

/** True for php-fpm in a pod with a front server: there port 9000 tells it too. */
export function isPhpFpmBesideFront(container: Field): boolean {
    return any(
        () => isPhpFpm(container),
        () =>
            all(
                () => declares(container, (number) => number === fastCgiPort),
                () => !isFrontServer(container),
                () => !isExporter(container),
            ),
    );
}

/** The ports that such a container listens on where it declares none. */
export function usualPorts(container: Field): readonly number[] {
    if (isFrontServer(container)) return webPorts;
    return isPhpFpm(container) ? [fastCgiPort] : [];
}
