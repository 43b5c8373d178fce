/** All machines of a runtime: the service that makes them, keeps their definitions and binds what bundles offer. */
package dev.backplane.machine.manager;
