/** Requests as bytes, and the pages that they ask for. */
import { createHash } from "node:crypto";

import type { RawAnswer } from "./rawAnswers";

/** Much more than the kernel holds of one connection. */
export const largeBytes = 16 << 20;

/** The pod's clientMaxBodySize. */
export const bodyLimitBytes = 1 << 20;

/** What a request waits for, in every page: the mark of a release. */
const untilReleased = `$folder = dirname($_SERVER['DOCUMENT_ROOT']);
$id = $_GET['id'] ?? '';
$wait = static function () use ($folder, $id): void {
    while (!file_exists("$folder/released-$id")) usleep(5000);
};
file_put_contents("$folder/begun-$id", '.', FILE_APPEND);
`;

/** The document root. */
export const pages: Readonly<Record<string, string>> = {
    "index.php": "<?php echo 'front';",
    // Tells what has arrived, with ?gate when it is let.
    "work.php": `<?php
${untilReleased}$body = file_get_contents('php://input');
if (isset($_GET['gate'])) $wait();
file_put_contents("$folder/finished-$id", '');
echo $id, ' ', strlen($body), ' ', sha1($body);
`,
    // Looks at nothing that has arrived.
    "hasty.php": "<?php echo 'hasty';",
    // In two parts, the second one when it is let.
    "parts.php": `<?php
header('X-Accel-Buffering: no');
${untilReleased}echo 'first ';
ob_flush();
flush();
$wait();
echo 'last';
`,
    // Without an end, until nobody listens.
    "endless.php": `<?php
header('X-Accel-Buffering: no');
ignore_user_abort(true);
${untilReleased}while (!connection_aborted()) {
    echo "more\\n";
    ob_flush();
    flush();
    usleep(5000);
}
file_put_contents("$folder/finished-$id", '');
`,
    "large.php": `<?php
if (isset($_GET['streamed'])) header('X-Accel-Buffering: no');
for ($i = 0; $i < ${largeBytes >> 20}; $i++) echo str_repeat('.', 1 << 20);
`,
    "large.bin": ".".repeat(largeBytes),
    "plain.txt": "served by nginx itself\n",
};

const head = (method: string, path: string, headers: readonly string[], version = "1.1") =>
    `${[`${method} ${path} HTTP/${version}`, "Host: shop.example.com", ...headers].join("\r\n")}\r\n\r\n`;

export const get = (path: string, ...headers: readonly string[]): string => head("GET", path, headers);

export const headOnly = (path: string): string => head("HEAD", path, []);

/** Of HTTP/1.0. */
export const oldGet = (path: string, ...headers: readonly string[]): string => head("GET", path, headers, "1.0");

/** The head alone, of a body of so many bytes. */
export const postHead = (path: string, bytes: number, ...headers: readonly string[]): string =>
    head("POST", path, [`Content-Length: ${bytes}`, ...headers]);

export const post = (path: string, body: string, ...headers: readonly string[]): string =>
    postHead(path, body.length, ...headers) + body;

/** The head alone, of a body in chunks. */
export const chunkedHead = (path: string): string => head("POST", path, ["Transfer-Encoding: chunked"]);

export const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

export const lastChunk = "0\r\n\r\n";

/** What work.php has to say of it. */
export const worked = (id: string, body = ""): string =>
    `${id} ${body.length} ${createHash("sha1").update(body).digest("hex")}`;

/** "200 front", for comparing. */
export const told = (answers: readonly RawAnswer[]): readonly string[] =>
    answers.map(({ status, body }) => `${status} ${body}`);
