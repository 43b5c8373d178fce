/** The host's end of a network card's cable: backends {@code user}, {@code switch}, {@code tap} and {@code none}. */
package dev.backplane.host.net;
