/** Backends, devices and payloads for tests. */
package dev.backplane.machine.fake;
