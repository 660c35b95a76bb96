package countersign.keycloak.guest;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes the few WebAssembly modules that a hostile guest needs, byte by byte (WebAssembly Core, section 5). */
final class Wasm {
    static final int PAGE = 65536;

    /** A module with nothing in it. */
    static final byte[] EMPTY = {0, 'a', 's', 'm', 1, 0, 0, 0};

    private static final int I32 = 0x7f;
    private static final int I64 = 0x7e;
    private static final int AT = 1024;

    private Wasm() {}

    /** A function's type (an index of the type section) and its instructions. */
    record Body(int type, byte[] code) {
        private static final int ALLOC = 0;
        private static final int EVALUATE = 1;

        static final Body GIVES_ROOM = room(32768);
        static final Body TRAPS = new Body(EVALUATE, bytes(0x00));
        static final Body LOOPS = new Body(EVALUATE, bytes(0x03, 0x40, 0x0c, 0, 0x0b, 0x42, 0));
        static final Body LOOPS_IN_ALLOC = new Body(ALLOC, bytes(0x03, 0x40, 0x0c, 0, 0x0b, 0x41, 0));
        static final Body CALLS_ITSELF = new Body(EVALUATE, bytes(0x20, 0, 0x20, 1, 0x10, 1));
        static final Body TAKES_MEMORY =
                new Body(EVALUATE, bytes(0x03, 0x40, 0x41, 1, 0x40, 0, 0x1a, 0x0c, 0, 0x0b, 0x42, 0));
        static final Body ANOTHER_TYPE = new Body(ALLOC, bytes(0x41, 0));

        static Body room(int address) {
            return new Body(ALLOC, join(bytes(0x41), signed(address)));
        }

        static Body answers(long address, long length) {
            return new Body(EVALUATE, join(bytes(0x42), signed(address << 32 | length)));
        }
    }

    /** A guest with these two functions and a page of memory. */
    static byte[] guest(Body alloc, Body evaluate) {
        return module(alloc, evaluate, "");
    }

    /** A guest that always says this. */
    static byte[] saying(String answer) {
        int length = answer.getBytes(StandardCharsets.UTF_8).length;
        return module(Body.GIVES_ROOM, Body.answers(AT, length), answer);
    }

    private static byte[] module(Body alloc, Body evaluate, String data) {
        // TRAPS stands for either function.
        int allocType = Body.ALLOC;
        return join(
                EMPTY,
                section(1, bytes(2, 0x60, 1, I32, 1, I32, 0x60, 2, I32, I32, 1, I64)),
                section(3, bytes(2, allocType, evaluate.type())),
                section(5, bytes(1, 0, 1)),
                section(7, join(bytes(3), export("memory", 2, 0), export("alloc", 0, 0), export("evaluate", 0, 1))),
                section(10, join(bytes(2), function(alloc.code()), function(evaluate.code()))),
                section(11, join(bytes(1, 0, 0x41), signed(AT), bytes(0x0b), vector(data.getBytes(StandardCharsets.UTF_8)))));
    }

    private static byte[] function(byte[] code) {
        return vector(join(bytes(0), code, bytes(0x0b)));
    }

    private static byte[] export(String name, int kind, int index) {
        return join(vector(name.getBytes(StandardCharsets.UTF_8)), bytes(kind, index));
    }

    private static byte[] section(int id, byte[] contents) {
        return join(bytes(id), vector(contents));
    }

    /** Its length, then the bytes. */
    private static byte[] vector(byte[] contents) {
        var length = new ByteArrayOutputStream();
        int rest = contents.length;
        while (rest > 0x7f) {
            length.write(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        length.write(rest);
        return join(length.toByteArray(), contents);
    }

    /** Signed LEB128. */
    private static byte[] signed(long value) {
        var out = new ByteArrayOutputStream();
        while (value < -64 || value > 63) {
            out.write((int) (value & 0x7f) | 0x80);
            value >>= 7;
        }
        out.write((int) value & 0x7f);
        return out.toByteArray();
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static byte[] join(byte[]... parts) {
        var out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
