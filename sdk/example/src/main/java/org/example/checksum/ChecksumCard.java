package org.example.checksum;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.zip.Checksum;

import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.memory.GuestMemory;
import dev.backplane.api.pci.BarType;
import dev.backplane.api.pci.MessageInterrupts;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.register.Field;
import dev.backplane.api.register.Register;
import dev.backplane.api.register.RegisterDevice;
import dev.backplane.api.register.Registers;
import dev.backplane.api.time.DeviceTimer;

/**
 * Reads memory by DMA, writes its checksum and the number of the job to TARGET (8 bytes), and sends a message. Beside
 * that it ticks. The table of its registers is in README.md.
 */
final class ChecksumCard implements RegisterDevice {
    static final int LARGEST = 1 << 20;
    private static final int JOB_DONE = 0;
    private static final int TICKED = 1;

    private final DeviceContext context;
    private final GuestMemory memory;
    private final MessageInterrupts messages;
    private final DeviceTimer timer;
    private final Registers registers;
    private final Field algorithm;
    private final Field busy;
    private final Field done;
    private final Field failed;
    private final Field tick;
    private final Register source;
    private final Register length;
    private final Register target;
    private final Register result;
    private final Register jobs;
    private final Register interval;
    private final Register ticks;
    private final Total total;

    ChecksumCard(DeviceContext context) throws DeviceException {
        this.context = context;
        memory = context.memory();
        registers = new Registers(context, "BAR0", 0x1000);
        registers.at(0x00, 32, "ID").constant(0x4D555343).describe("\"CSUM\"");
        Register control = registers.at(0x04, 32, "CONTROL");
        control.bit(0, "START").selfClearing().onWrite(this::started).describe("begins a job");
        algorithm = control.bits(5, 4, "ALGORITHM").range(0, Algorithm.values().length - 1).describe(Algorithm.names());
        Register status = registers.at(0x08, 32, "STATUS");
        busy = status.bit(0, "BUSY").readOnly().describe("a job is running");
        done = status.bit(1, "DONE").write1Clears().describe("a job has ended");
        failed = status.bit(2, "FAILED").write1Clears().describe("... but memory could not be reached");
        tick = status.bit(3, "TICK").write1Clears().describe("the interval has passed");
        source = registers.at(0x10, 64, "SOURCE").describe("address of the data");
        length = registers.at(0x18, 32, "LENGTH").range(1, LARGEST).reset(1).describe("bytes of data");
        target = registers.at(0x20, 64, "TARGET").describe("address of checksum and job number, 32 bits each");
        result = registers.at(0x28, 32, "RESULT").readOnly().describe("the last checksum");
        jobs = registers.at(0x2C, 32, "JOBS").readOnly().describe("jobs that have ended");
        interval = registers.at(0x30, 32, "INTERVAL").range(0, 60_000).onWrite(this::wind)
            .describe("milliseconds between ticks; 0: none");
        ticks = registers.at(0x34, 32, "TICKS").readOnly().describe("ticks so far");
        total = new Total(registers);
        PciFunction pci = context.pci(PciIdentity.of(0xBA5E, 0xC5C5, 0x120000));
        pci.bar(0, BarType.MEMORY_32, registers);
        messages = pci.msix(2, 1);
        timer = context.timer("tick", this::ticked);
    }

    private void started(long before, long start) {
        if (start != 0 && !busy.isSet()) {
            busy.set(true);
            context.execute(this::work);
        }
    }

    private void work() {
        if (!busy.isSet()) {
            return;
        }
        MemorySegment data = memory.slice(source.get(), length.get());
        if (data != null) {
            Checksum checksum = Algorithm.values()[(int) algorithm.get()].make();
            checksum.update(data.asByteBuffer());
            result.set(checksum.getValue());
            total.add(length.get());
        }
        jobs.set(jobs.get() + 1);
        boolean written = memory.contains(target.get(), 8);
        memory.write64(target.get(), result.get() | jobs.get() << 32);
        busy.set(false);
        failed.set(data == null || !written);
        done.set(true);
        messages.raise(JOB_DONE);
    }

    private void wind() {
        if (interval.isSet()) {
            timer.armAt(context.clock().nanoTime() + interval.get() * 1_000_000);
        } else {
            timer.cancel();
        }
    }

    private void ticked() {
        ticks.set(ticks.get() + 1);
        tick.set(true);
        messages.raise(TICKED);
        wind();
    }

    @Override
    public Registers registers() {
        return registers;
    }

    @Override
    public void reset() {
        RegisterDevice.super.reset();
        timer.cancel();
    }

    /** The job that has begun ends before the card is saved. */
    @Override
    public CompletableFuture<Void> quiesce() {
        return CompletableFuture.runAsync(() -> { }, context::execute);
    }
}
