<?php

declare(strict_types=1);

$counter = 0;

function handler($event, $context): string
{
    global $counter;
    $counter += 2;

    return (string) $counter;
}

/** Takes two seconds to leave: the platform has to wait for it. */
function pre_stop($context): void
{
    sleep(2);
}
