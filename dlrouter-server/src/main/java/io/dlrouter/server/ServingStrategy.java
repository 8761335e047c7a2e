package io.dlrouter.server;

/** Whether one node answers a request in one piece, or a prefill and a decode node share it. */
enum ServingStrategy {
    HYBRID,
    DISTSERVE
}
