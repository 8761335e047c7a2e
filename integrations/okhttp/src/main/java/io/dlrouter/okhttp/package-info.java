/** Routing of OkHttp clients in process, without a gateway. */
@NullMarked
package io.dlrouter.okhttp;

import org.jspecify.annotations.NullMarked;
