/** OkHttp clients, and the client libraries built on them, that reach a fleet without a gateway. */
@NullMarked
package io.dlrouter.okhttp;

import org.jspecify.annotations.NullMarked;
