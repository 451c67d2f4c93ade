<?php

declare(strict_types=1);

// Process 1: starts PHP's own web server, which does not listen to SIGTERM as process 1, and ends it when it is told to.

$server = proc_open(['php', '-S', '0.0.0.0:9000', '/app/router.php'], [STDIN, STDOUT, STDERR], $pipes);
$pid = proc_get_status($server)['pid'];

pcntl_async_signals(true);
// Without a restart of the wait below: the signal has to end it, or nobody would hear of it.
pcntl_signal(SIGTERM, fn () => posix_kill($pid, SIGTERM), false);

while (pcntl_waitpid($pid, $status) === -1 && pcntl_get_last_error() === PCNTL_EINTR) {
}
