import Dispatch
import FoundationEssentials
import Glibc
import Synchronization
import Telemetry
import Testing

@Suite struct LogPressureTests {
    @Test func writesWholeLinesFromEightThreads() {
        let pipe = LogPipe()
        let logger = pipe.logger()
        let threads = 8
        let perThread = 1_000  // 0.8 MB altogether: nothing is dropped
        let collector = Collector(pipe.readEnd)
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            for number in 0..<perThread {
                logger.log(
                    .info, "x", ["thread": .int(thread), "number": .int(number), "text": "a b c d e f"])
            }
        }
        logger.log(.info, "end")
        let lines = collector.lines(until: "INFO end")
        #expect(lines.count == threads * perThread + 1)
        var next = [Int](repeating: 0, count: threads)
        for line in lines.dropLast() {
            let parts = line.split(separator: " ", maxSplits: 4)
            guard parts.count == 5,
                parts[4].hasSuffix(#" text="a b c d e f""#),
                let thread = Int(parts[3].dropFirst("thread=".count)),
                let number = Int(parts[4].dropFirst("number=".count).prefix { $0 != " " })
            else {
                Issue.record("a broken line: \(line)")
                return
            }
            #expect(number == next[thread])
            next[thread] += 1
        }
    }

    @Test func dropsAndCountsWhatAStuckReaderDoesNotTake() throws {
        let pipe = LogPipe()
        let logger = pipe.logger(.json)
        let text = String(repeating: "x", count: 200)
        let written = 20_000  // 5 MB: five times the buffer
        for number in 0..<written { logger.log(.info, "e", ["n": .int(number), "t": .string(text)]) }
        #expect(!logger.flush(atMost: 10))

        // The note comes when the buffer is taken; what is logged afterwards is kept again.
        let collector = Collector(pipe.readEnd)
        var lines = collector.lines(until: "log lines dropped")
        logger.log(.info, "end")
        lines += collector.lines(until: #""event":"end""#)
        let told = try lines.compactMap { line in
            try line.contains("log lines dropped")
                ? JSONDecoder().decode(Dropped.self, from: Data(line.utf8)).lines : nil
        }
        let kept = lines.count { $0.contains(#""event":"e""#) }
        #expect(kept + told.reduce(0, +) == written)
        #expect(kept > 1_000 && kept < written)
        #expect(lines.contains { $0.contains(#""level":"warning","event":"log lines dropped""#) })
    }

    @Test func survivesAReaderThatIsGone() {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        let logger = Logger(descriptor: ends[1])
        for _ in 0..<10 {
            logger.log(.info, "x")
            #expect(logger.flush())
        }
        close(ends[1])
        logger.log(.info, "to a closed descriptor")
        #expect(logger.flush())
    }

    @Test func tellsAfterAFaultHowManyLinesItLost() throws {
        let pipe = LogPipe()
        // Write to a descriptor that cannot be written to, then let it be the pipe.
        let descriptor = dup(pipe.readEnd)
        let logger = Logger(descriptor: descriptor, clock: { LogPipe.moment })
        for _ in 0..<3 {
            logger.log(.info, "lost")
            #expect(logger.flush())
        }
        #expect(dup2(pipe.writeEnd, descriptor) == descriptor)
        logger.log(.info, "kept")
        #expect(logger.flush())
        close(descriptor)
        #expect(
            pipe.available() == [
                "2026-11-20T05:00:00.123Z INFO kept",
                "2026-11-20T05:00:00.123Z WARNING log lines dropped lines=3",
            ])
    }

    @Test func saysOnceThatLinesAreLostAndOnceThatTheyAreNot() {
        let full = open("/dev/full", O_WRONLY)
        let codes = Mutex<[Int32?]>([])
        let logger = Logger(
            descriptor: full, clock: { LogPipe.moment },
            failing: { code in codes.withLock { $0.append(code) } })
        for _ in 0..<3 {
            logger.log(.info, "lost")
            #expect(logger.flush())
            #expect(logger.flush(), "nothing was written, so nothing is known")
        }
        #expect(codes.withLock { $0 } == [ENOSPC])
        let pipe = LogPipe()
        #expect(dup2(pipe.writeEnd, full) == full)
        for _ in 0..<2 {
            logger.log(.info, "kept")
            #expect(logger.flush())
        }
        #expect(codes.withLock { $0 } == [ENOSPC, nil])
        close(full)
        #expect(pipe.available().contains("2026-11-20T05:00:00.123Z WARNING log lines dropped lines=3"))
    }

    /// A disk may become full in the middle of a line; here the reader goes in the middle of one.
    @Test func aLineThatWasCutDoesNotSwallowTheNext() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let logger = Logger(descriptor: ends[1], clock: { LogPipe.moment })
        let text = String(repeating: "x", count: 200)
        let written = 1_000  // three times the pipe
        let capacity = fcntl(ends[1], 1_032)  // F_GETPIPE_SZ, which Swift does not see
        let length = "2026-11-20T05:00:00.123Z INFO e t=\n".utf8.count + text.utf8.count
        try #require(capacity > 0)
        // A write of few lines is done whole or not at all (PIPE_BUF): while the pipe is full, many gather for one.
        var filler = [UInt8](repeating: 0, count: Int(capacity))
        #expect(write(ends[1], filler, filler.count) == filler.count)
        for _ in 0..<written { logger.log(.info, "e", ["t": .string(text)]) }
        #expect(read(ends[0], &filler, filler.count) == filler.count)
        var (before, inPipe): (Int32, Int32) = (-1, 0)
        // Until it is full again, and stays so: that cuts a line.
        for _ in 0..<1_200 where inPipe == 0 || inPipe != before {
            before = inPipe
            #expect(!logger.flush(atMost: 50))
            #expect(ioctl(ends[0], UInt(FIONREAD), &inPipe) == 0)
        }
        close(ends[0])
        #expect(logger.flush())
        try #require(Int(inPipe) % length != 0)
        let pipe = LogPipe()
        #expect(dup2(pipe.writeEnd, ends[1]) == ends[1])
        logger.log(.info, "kept")
        #expect(logger.flush())
        logger.log(.info, "after")
        #expect(logger.flush())
        close(ends[1])
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = read(pipe.readEnd, &bytes, bytes.count)
        #expect(
            String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false) == [
                    "", "2026-11-20T05:00:00.123Z INFO kept",
                    "2026-11-20T05:00:00.123Z WARNING log lines dropped lines=\(written - Int(inPipe) / length)",
                    "2026-11-20T05:00:00.123Z INFO after", "",
                ])
    }

    @Test func waitsForANonBlockingReader() {
        let pipe = LogPipe()
        #expect(fcntl(pipe.writeEnd, F_SETFL, O_NONBLOCK) == 0)
        let logger = pipe.logger()
        let text = String(repeating: "x", count: 200)
        for _ in 0..<2_000 { logger.log(.info, "x", ["t": .string(text)]) }  // eight times the pipe
        logger.log(.info, "end")
        let lines = Collector(pipe.readEnd).lines(until: "INFO end")
        #expect(lines.count == 2_001)
    }

    @Test func writesWhatIsLeftWhenTheLoggerGoes() {
        let pipe = LogPipe()
        do {
            let logger = pipe.logger()
            logger.log(.info, "end")
        }
        #expect(Collector(pipe.readEnd).lines(until: "INFO end").count == 1)
    }

    private struct Dropped: Decodable {
        let lines: Int
    }

    /// Reads lines, waiting for them.
    private struct Collector {
        private let descriptor: Int32

        init(_ descriptor: Int32) { self.descriptor = descriptor }

        /// All lines up to the one that contains `mark`.
        func lines(until mark: String) -> [String] {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let end = Array(mark.utf8)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                guard count > 0 else { return LogPipe.split(bytes) }
                bytes.append(contentsOf: buffer[..<count])
                if bytes.last == 0x0a, bytes.suffix(200).contains(end) { return LogPipe.split(bytes) }
            }
        }
    }
}
