package dev.backplane.cpu.x86;

import java.util.List;

import dev.backplane.api.cpu.CpuModelInfo;

/** A named CPU model: which features CPUID shows and instructions obey. */
public final class CpuModel {
    /** Width of physical addresses, CPUID 0x80000008. */
    public static final int PHYSICAL_BITS = 40;

    /** SSE4.2, AES-NI, PCLMULQDQ, RDRAND, XSAVE and what goes with them. */
    public static final CpuModel V2 = new CpuModel("x86-64-v2",
        "x86-64-v2 with AES-NI, PCLMULQDQ, RDRAND, MOVBE and XSAVE", true, false);
    /** The same and AVX, AVX2, FMA, F16C, BMI1, BMI2 and LZCNT. */
    public static final CpuModel V3 = new CpuModel("x86-64-v3",
        "x86-64-v3: AVX2, FMA, F16C, BMI1, BMI2, LZCNT and all of the x86-64-v2 model", true, true);
    /** The first x86-64 processors: SSE2. */
    public static final CpuModel V1 = new CpuModel("x86-64-v1", "the x86-64 baseline: SSE2, no more", false, false);

    /** The default first. */
    public static final List<CpuModel> ALL = List.of(V3, V2, V1);

    public final String name;
    public final String description;
    /** Everything of x86-64-v2 and the extras of the default model. */
    public final boolean v2;
    /** AVX2, FMA, BMI and what else x86-64-v3 has. */
    public final boolean v3;

    private CpuModel(String name, String description, boolean v2, boolean v3) {
        this.name = name;
        this.description = description;
        this.v2 = v2;
        this.v3 = v3;
    }

    public CpuModelInfo info() {
        return new CpuModelInfo(name, description);
    }
}
