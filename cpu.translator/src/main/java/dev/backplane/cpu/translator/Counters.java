package dev.backplane.cpu.translator;

import java.util.SequencedMap;

/** What a vCPU's translator has done, for people; written by the vCPU's thread. */
final class Counters {
    long entries;
    long ops;
    long misses;
    long pageFaults;
    long chains;
    long lookups;
    long stale;
    long translated;
    long translatedInstructions;
    /** Translations that are neither dropped nor flushed. */
    long live;
    long dropped;
    long flushes;
    long interpreted;

    void addTo(SequencedMap<String, Long> m, long codeBytes) {
        m.put("instructions-interpreted", interpreted);
        m.put("blocks-translated", translated);
        m.put("instructions-translated", translatedInstructions);
        m.put("translations-live", live);
        m.put("translations-dropped", dropped);
        m.put("code-bytes", codeBytes);
        m.put("code-flushes", flushes);
        m.put("entries", entries);
        m.put("exits-op", ops);
        m.put("exits-miss", misses);
        m.put("exits-page-fault", pageFaults);
        m.put("exits-chain", chains);
        m.put("exits-lookup", lookups);
        m.put("exits-stale", stale);
    }
}
