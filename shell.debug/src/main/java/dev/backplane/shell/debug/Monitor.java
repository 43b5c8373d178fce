package dev.backplane.shell.debug;

import java.util.Locale;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.CpuState.Segment;
import dev.backplane.api.cpu.SegmentState;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineDebugger;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.VcpuView;

/** The commands behind gdb's {@code monitor}. */
final class Monitor {
    private static final String HELP = """
        monitor info registers          all registers of the current vCPU, segments with their hidden parts
        monitor info cpus               what each vCPU does
        monitor physical ADDRESS [N]    N bytes (64) of physical memory
        monitor reset                   the reset button; the machine stays stopped in front of its first instruction
        monitor help                    this
        """;
    private static final int MOST_BYTES = 4096;
    private static final int ROW = 16;
    private static final int IA32_EFER = 0xC0000080;

    private final Machine machine;
    private final MachineDebugger debugger;

    Monitor(Machine machine, MachineDebugger debugger) {
        this.machine = machine;
        this.debugger = debugger;
    }

    /** What the command prints. */
    String run(String line, int vcpu) {
        String[] words = line.strip().split("\\s+");
        try {
            return switch (words[0]) {
                case "info" -> info(words.length > 1 ? words[1] : "", vcpu);
                case "physical" -> physical(words);
                case "reset" -> {
                    machine.reset();
                    yield machine.name() + " was reset; now type \"maint flush register-cache\"\n";
                }
                case "help", "" -> HELP;
                default -> "no monitor command is named \"" + words[0] + "\"\n" + HELP;
            };
        } catch (MachineException e) {
            return e.getMessage() + "\n";
        }
    }

    private String info(String what, int vcpu) throws MachineException {
        return switch (what) {
            case "registers" -> registers(debugger.state(vcpu));
            case "cpus" -> cpus(vcpu);
            default -> HELP;
        };
    }

    private String cpus(int current) throws MachineException {
        StringBuilder t = new StringBuilder();
        for (VcpuView v : machine.view().vcpus()) {
            CpuState s = debugger.state(v.index());
            t.append("%s cpu%d  %s  rip %016x%n".formatted(v.index() == current ? "*" : " ", v.index(),
                s.activity().name().toLowerCase(Locale.ROOT).replace('_', ' '), s.rip()));
        }
        return t.toString();
    }

    private static String registers(CpuState s) {
        StringBuilder t = new StringBuilder();
        String[] names = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"};
        for (int i = 0; i < 16; i++) {
            t.append("%-3s %016x%s".formatted(i < 8 ? names[i] : "r" + i, s.gpr(i), i % 4 == 3 ? "\n" : "  "));
        }
        t.append("rip %016x  rflags %08x  %s%n".formatted(s.rip(), s.rflags(),
            s.activity().name().toLowerCase(Locale.ROOT).replace('_', ' ')));
        for (Segment segment : Segment.values()) {
            SegmentState g = s.segment(segment);
            t.append("%-4s %04x  base %016x  limit %08x  rights %05x%n".formatted(
                segment.name().toLowerCase(Locale.ROOT), g.selector(), g.base(), g.limit(), g.accessRights()));
        }
        t.append("gdt  base %016x  limit %04x%nidt  base %016x  limit %04x%n".formatted(s.gdtBase(), s.gdtLimit(),
            s.idtBase(), s.idtLimit()));
        t.append("cr0 %016x  cr2 %016x  cr3 %016x  cr4 %016x%n".formatted(s.cr0(), s.cr2(), s.cr3(), s.cr4()));
        t.append("dr0 %016x  dr1 %016x  dr2 %016x  dr3 %016x%n".formatted(s.dr(0), s.dr(1), s.dr(2), s.dr(3)));
        t.append("dr6 %016x  dr7 %016x  efer %08x  xcr0 %x%n".formatted(s.dr6(), s.dr7(), s.msr(IA32_EFER), s.xcr0()));
        return t.toString();
    }

    private String physical(String[] words) throws MachineException {
        long address;
        int count;
        try {
            address = words.length > 1 ? Long.decode(words[1]) : -1;
            count = words.length > 2 ? Integer.decode(words[2]) : 4 * ROW;
        } catch (NumberFormatException e) {
            return "numbers are like 4096 or 0x1000\n";
        }
        if (address < 0 || count < 1 || count > MOST_BYTES) {
            return "usage: monitor physical ADDRESS [N], N up to " + MOST_BYTES + "\n";
        }
        byte[] bytes = new byte[count];
        int read = debugger.readPhysical(address, bytes);
        StringBuilder t = new StringBuilder();
        for (int at = 0; at < read; at += ROW) {
            t.append("%012x ".formatted(address + at));
            for (int i = at; i < Math.min(read, at + ROW); i++) {
                t.append(" %02x".formatted(bytes[i]));
            }
            t.append('\n');
        }
        return read < count ? t + "%012x is not RAM%n".formatted(address + read) : t.toString();
    }
}
