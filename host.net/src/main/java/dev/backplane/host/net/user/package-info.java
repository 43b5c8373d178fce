/**
 * A network in user space: the guest's packets end here, and what they carry goes on through sockets of the host. One
 * thread for each network owns all its state ({@link dev.backplane.host.net.user.UserNetwork}).
 */
package dev.backplane.host.net.user;
