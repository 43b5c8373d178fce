package dev.backplane.cpu.lockstep;

/**
 * How it is compared.
 *
 * @param longOneIn one slice in so many is long: it ends when something asks for attention, at the latest after
 *                  {@code tickMicros}; the others end at the first backward branch or lookup. 0: none is long
 * @param tickMicros when a long slice ends, in microseconds
 * @param memoryEvery after how many slices written memory and the whole state are compared
 * @param seed      of the choice of slices
 */
record Options(int longOneIn, int tickMicros, int memoryEvery, long seed) {

    static Options ofSystem() {
        return new Options(Integer.getInteger("backplane.lockstep.long", 4096),
            Integer.getInteger("backplane.lockstep.tick", 1000),
            Integer.getInteger("backplane.lockstep.memory", 20_000),
            Long.getLong("backplane.lockstep.seed", 1));
    }
}
