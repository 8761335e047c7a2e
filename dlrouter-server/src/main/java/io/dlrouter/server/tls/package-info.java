/** Keys and certificates in PEM files. */
@NullMarked
package io.dlrouter.server.tls;

import org.jspecify.annotations.NullMarked;
