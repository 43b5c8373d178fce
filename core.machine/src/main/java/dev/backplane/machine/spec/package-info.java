/** Machine specifications: checking them, making options from text, reading and writing them as YAML. */
package dev.backplane.machine.spec;
