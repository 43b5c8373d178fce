/** The firmware configuration device, with QEMU's register interface: firmware and test suites read it. */
package dev.backplane.machine.fwcfg;
