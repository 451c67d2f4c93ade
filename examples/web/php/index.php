<?php

declare(strict_types=1);

// A shop behind Apache, which runs this file for every request.

$route = $_SERVER['REQUEST_METHOD'] . ' ' . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$journal = sys_get_temp_dir() . '/visits';

switch ($route) {
    case 'GET /':
        file_put_contents($journal, ".", FILE_APPEND | LOCK_EX);
        echo "welcome to the shop\n";
        break;
    case 'GET /pre-freeze':
        // What was written reaches the disk before the instance stands still.
        if (is_file($journal)) {
            fsync(fopen($journal, 'r+'));
        }
        break;
    case 'GET /pre-stop':
        error_log((is_file($journal) ? filesize($journal) : 0) . ' visits were counted');
        break;
    default:
        http_response_code(404);
        echo "not found\n";
}
