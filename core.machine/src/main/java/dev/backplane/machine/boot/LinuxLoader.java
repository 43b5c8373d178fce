package dev.backplane.machine.boot;

import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.machine.MachineException;
import dev.backplane.machine.boot.BootLoader.BootTarget;

/**
 * Loads a Linux bzImage by the kernel's documented boot protocol (Documentation/arch/x86/boot.rst), 2.10 or newer. The
 * kernel proper is decompressed here, moved to a random virtual address if it can be, and entered in 64-bit mode; where
 * that is not possible the bzImage's own entry does the work in the guest.
 */
final class LinuxLoader {
    private static final int SETUP_HEADER = 0x1F1;
    private static final int BOOT_FLAG = 0x1FE;
    private static final int MAGIC = 0x202;
    private static final int VERSION = 0x206;
    private static final int OLDEST = 0x20A;
    private static final int MIN_IMAGE = 0x400;

    private static final int XLOAD_64 = 1;
    private static final int LOADED_HIGH = 1;
    private static final int KASLR = 2;
    private static final int CAN_USE_HEAP = 0x80;
    private static final int SECTOR = 512;
    private static final long CONVENTIONAL = 0x100000;

    private static final int ZERO_PAGE = 4096;
    private static final int ZP_RSDP = 0x70;
    private static final int ZP_RAMDISK_HIGH = 0xC0;
    private static final int ZP_RAMDISK_SIZE_HIGH = 0xC4;
    private static final int ZP_E820_COUNT = 0x1E8;
    private static final int ZP_LOADER = 0x210;
    private static final int ZP_FLAGS = 0x211;
    private static final int ZP_CODE32 = 0x214;
    private static final int ZP_RAMDISK = 0x218;
    private static final int ZP_RAMDISK_SIZE = 0x21C;
    private static final int ZP_HEAP_END = 0x224;
    private static final int ZP_COMMAND_LINE = 0x228;
    private static final int ZP_SETUP_DATA = 0x250;
    private static final int ZP_E820 = 0x2D0;
    private static final int HEADER_MAX_END = 0x290;

    private static final int SETUP_RNG_SEED = 9;
    private static final int SEED_LENGTH = 32;

    /** The kernel's mapping of itself is 1 GiB (KERNEL_IMAGE_SIZE); it is linked for 16 MiB into it at least. */
    private static final long KERNEL_SPACE = 1L << 30;

    private static final int RSI = 6;

    private final BootTarget target;
    private final RandomGenerator random;

    LinuxLoader(BootTarget target, RandomGenerator random) {
        this.target = target;
        this.random = random;
    }

    static boolean recognizes(byte[] b) {
        return Bytes.get32(b, MAGIC) == 0x53726448 && Bytes.get16(b, BOOT_FLAG) == 0xAA55;
    }

    BootedImage load(byte[] image) throws MachineException {
        int version = Bytes.get16(image, VERSION);
        if (image.length < MIN_IMAGE || version < OLDEST) {
            throw target.refused("its boot protocol is %d.%02d, 2.10 is the oldest that works; use a newer kernel"
                .formatted(version >> 8, version & 0xFF));
        }
        int setupSectors = Bytes.get8(image, SETUP_HEADER) == 0 ? 4 : Bytes.get8(image, SETUP_HEADER);
        int protectedMode = (setupSectors + 1) * SECTOR;
        if (protectedMode >= image.length) {
            throw target.refused("it is cut short (%d bytes); fetch it anew".formatted(image.length));
        }
        StringBuilder why = new StringBuilder();
        Optional<byte[]> payload = payload(image, protectedMode, why);
        if (payload.isPresent()) {
            Optional<ElfImage> elf = ElfImage.parse(payload.get(), why)
                .filter(e -> e.wide() && e.machine() == ElfImage.MACHINE_X86_64);
            if (elf.isPresent()) {
                return direct(image, payload.get(), elf.get());
            }
            why.append("its payload is not a 64-bit kernel");
        }
        return throughDecompressor(image, protectedMode, why.toString());
    }

    private static Optional<byte[]> payload(byte[] image, int protectedMode, StringBuilder why) {
        long offset = protectedMode + Bytes.unsigned32(image, 0x248);
        long length = Bytes.unsigned32(image, 0x24C);
        if (length < 8 || !Bytes.holds(image, offset, length)) {
            why.append("its payload does not lie in the file");
            return Optional.empty();
        }
        return KernelPayload.decompress(image, (int) offset, (int) length, why);
    }

    /** Enters vmlinux itself at its first instruction. */
    private BootedImage direct(byte[] image, byte[] payload, ElfImage elf) throws MachineException {
        long start = elf.start();
        if (elf.entry() < start || elf.entry() >= elf.top()) {
            throw target.refused("its entry 0x%x lies outside of what it loads".formatted(elf.entry()));
        }
        long slide = slide(image, payload, elf);
        target.load(payload, elf);
        long zeroPage = zeroPage(image, elf.top(), slide != 0, 0);
        CpuState state = StartState.longMode(target.memory(), elf.entry()).gpr(RSI, zeroPage).build();
        return new BootedImage(state, "Linux bzImage, payload decompressed by the host, entered at 0x%x%s".formatted(
            elf.entry(), slide != 0 ? ", moved by 0x%x".formatted(slide) : ""));
    }

    /** Chooses how far the kernel's virtual address moves and moves it; 0 if it cannot be moved. */
    private long slide(byte[] image, byte[] payload, ElfImage elf) {
        long alignment = Bytes.unsigned32(image, 0x230);
        boolean relocatable = Bytes.get8(image, 0x234) != 0;
        long room = KERNEL_SPACE - elf.top();
        if (!relocatable || Long.bitCount(alignment) != 1 || alignment < 1 << 21 || room < alignment
            || noKaslr(target.spec().commandLine())) {
            return 0;
        }
        KernelRelocation relocation = KernelRelocation.find(payload, elf);
        if (relocation == null) {
            return 0;
        }
        long slide = (1 + random.nextLong(room / alignment)) * alignment;
        relocation.apply(slide);
        return slide;
    }

    private static boolean noKaslr(String commandLine) {
        return List.of(commandLine.split("\\s+")).contains("nokaslr");
    }

    /** Loads the bzImage as a boot loader does and lets it decompress itself. */
    private BootedImage throughDecompressor(byte[] image, int protectedMode, String why) throws MachineException {
        boolean wide = (Bytes.get16(image, 0x236) & XLOAD_64) != 0;
        long size = image.length - protectedMode;
        boolean relocatable = Bytes.get8(image, 0x234) != 0;
        long preferred = Bytes.get64(image, 0x258);
        long load = relocatable && preferred >= CONVENTIONAL && preferred < target.map().lowRam() ? preferred
            : CONVENTIONAL;
        long needed = Math.max(size, Bytes.unsigned32(image, 0x260));
        target.check("the kernel", load, needed);
        target.memory().write(load, image, protectedMode, (int) size);
        long zeroPage = zeroPage(image, Math.max(load, preferred) + needed, false, load);
        CpuState.Builder state = wide ? StartState.longMode(target.memory(), load + 0x200)
            : StartState.protectedMode(target.memory(), load);
        return new BootedImage(state.gpr(RSI, zeroPage).build(),
            "Linux bzImage, entered at 0x%x in %d-bit mode to decompress itself (%s)".formatted(
                wide ? load + 0x200 : load, wide ? 64 : 32, why));
    }

    /** Writes the zero page with everything it points to; gives its address. */
    private long zeroPage(byte[] image, long kernelEnd, boolean moved, long code32) throws MachineException {
        byte[] zp = new byte[ZERO_PAGE];
        int end = Math.min(MAGIC + Bytes.get8(image, 0x201), HEADER_MAX_END);
        System.arraycopy(image, SETUP_HEADER, zp, SETUP_HEADER, Math.max(0, end - SETUP_HEADER));
        Bytes.put64(zp, ZP_RSDP, target.rsdp());
        zp[ZP_LOADER] = (byte) 0xFF;
        zp[ZP_FLAGS] = (byte) (zp[ZP_FLAGS] & ~KASLR | LOADED_HIGH | CAN_USE_HEAP | (moved ? KASLR : 0));
        Bytes.put16(zp, ZP_HEAP_END, 0xFE00);
        if (code32 != 0) {
            Bytes.put32(zp, ZP_CODE32, (int) code32);
        }
        int most = (int) Math.min(Bytes.unsigned32(image, 0x238), StartState.COMMAND_LINE_MAX);
        target.commandLine(target.spec().commandLine(), most == 0 ? 255 : most);
        Bytes.put32(zp, ZP_COMMAND_LINE, (int) StartState.COMMAND_LINE);
        long highest = Bytes.unsigned32(image, 0x22C);
        long[] initrd = target.initrd(kernelEnd, highest == 0 ? 0x37FFFFFF : highest);
        Bytes.put32(zp, ZP_RAMDISK, (int) initrd[0]);
        Bytes.put32(zp, ZP_RAMDISK_SIZE, (int) initrd[1]);
        Bytes.put32(zp, ZP_RAMDISK_HIGH, (int) (initrd[0] >>> 32));
        Bytes.put32(zp, ZP_RAMDISK_SIZE_HIGH, (int) (initrd[1] >>> 32));
        Bytes.put64(zp, ZP_SETUP_DATA, seed());
        List<E820.Entry> map = target.e820();
        zp[ZP_E820_COUNT] = (byte) map.size();
        for (int i = 0; i < map.size(); i++) {
            int at = ZP_E820 + i * 20;
            Bytes.put64(zp, at, map.get(i).base());
            Bytes.put64(zp, at + 8, map.get(i).size());
            Bytes.put32(zp, at + 16, map.get(i).type());
        }
        target.memory().write(StartState.INFO, zp, 0, zp.length);
        return StartState.INFO;
    }

    /** The first entropy of the guest, as a setup_data entry; gives its address. */
    private long seed() {
        byte[] entry = new byte[16 + SEED_LENGTH];
        Bytes.put32(entry, 8, SETUP_RNG_SEED);
        Bytes.put32(entry, 12, SEED_LENGTH);
        for (int i = 0; i < SEED_LENGTH; i += 8) {
            Bytes.put64(entry, 16 + i, random.nextLong());
        }
        target.memory().write(StartState.INFO_MORE, entry, 0, entry.length);
        return StartState.INFO_MORE;
    }
}
