/** What all routes share: settings, keys, errors. */
@NullMarked
package io.dlrouter.server.http;

import org.jspecify.annotations.NullMarked;
