package dev.backplane.machine.timer;

/**
 * What the CMOS memory tells firmware about the machine.
 *
 * @param below4GiB bytes of RAM below 4 GiB, counted from address 0
 * @param above4GiB bytes of RAM from 4 GiB on
 * @param vcpus     number of processors
 */
public record MemorySize(long below4GiB, long above4GiB, int vcpus) {
}
