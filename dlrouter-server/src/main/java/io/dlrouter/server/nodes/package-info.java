/** The routes under {@code /nodes} and {@code /distserve}: registration, status and links of nodes. */
@NullMarked
package io.dlrouter.server.nodes;

import org.jspecify.annotations.NullMarked;
