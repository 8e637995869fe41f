import Crypto
import Testing

@testable import App

@Suite struct CalibrationTests {
    /// A machine that takes so many microseconds for a MiB in each pass.
    private static func calibration(
        milliseconds: Int64, memoryMiB: Int, microsecondsPerMiB: Int64 = 400
    ) throws -> Calibration {
        try Calibration(microseconds: milliseconds * 1_000, memoryMiB: memoryMiB) { parameters in
            Int64(parameters.memoryKiB) * Int64(parameters.iterations) * microsecondsPerMiB / 1_024
        }
    }

    private static func isSafe(_ parameters: PasswordHashing) -> Bool {
        parameters.iterations >= PasswordHashing.leastIterations(memoryKiB: parameters.memoryKiB)
    }

    @Test(arguments: [
        // 19 MiB with 2 passes take 15.2 ms here.
        (50, 64, 65_536, 1), (52, 64, 65_536, 2), (200, 64, 65_536, 7), (16, 64, 19_456, 2),
        (25, 64, 47_104, 1), (15, 64, 19_456, 2), (1, 4_096, 19_456, 2), (50, 19, 19_456, 6),
        (50, 12, 12_288, 10), (1, 7, 7_168, 5), (1, 8, 7_168, 5), (2_000, 4_096, 4_194_304, 1),
        (10_000, 7, 7_168, 64),
    ])
    func takesAsMuchMemoryAsIsAllowedAndThenPasses(_ row: (Int64, Int, Int, Int)) throws {
        let (milliseconds, memory, memoryKiB, iterations) = row
        let found = try Self.calibration(milliseconds: milliseconds, memoryMiB: memory)
        #expect(found.choice.parameters == PasswordHashing(memoryKiB: memoryKiB, iterations: iterations))
        #expect(found.lines.contains(found.choice))
        #expect(found.isInTime == (found.choice.microseconds <= milliseconds * 1_000))
    }

    @Test func neverNamesWhatIsUnsafe() throws {
        for milliseconds in [1, 10, 14, 16, 50, 500, 10_000] as [Int64] {
            for memory in [7, 8, 9, 11, 12, 18, 19, 45, 46, 64, 100, 4_096] {
                for line in try Self.calibration(milliseconds: milliseconds, memoryMiB: memory).lines {
                    #expect(Self.isSafe(line.parameters) && PasswordHashing.isAcceptable(line.parameters))
                    #expect(line.parameters.memoryKiB <= memory * 1_024 && line.parameters.iterations <= 64)
                }
            }
        }
    }

    @Test(arguments: [
        (47_104, 1), (47_103, 2), (19_456, 2), (19_455, 3), (12_288, 3), (12_287, 4), (9_216, 4),
        (9_215, 5), (7_168, 5), (7_167, .max), (8, .max),
    ])
    func whatOWASPCallsEquivalent(memoryKiB: Int, iterations: Int) {
        #expect(PasswordHashing.leastIterations(memoryKiB: memoryKiB) == iterations)
    }

    /// A first pass that costs as much as three others.
    @Test func aPassMoreNeverTakesLongerThanWasWanted() throws {
        let found = try Calibration(microseconds: 50_000, memoryMiB: 19) { parameters in
            Int64(parameters.iterations + 2) * 7_000
        }
        #expect(
            found.choice == .init(parameters: .init(memoryKiB: 19_456, iterations: 5), microseconds: 49_000))
    }

    @Test func whatItPrintsIsAConfigurationFile() throws {
        for milliseconds in [1, 100] {
            let found = try Self.calibration(milliseconds: Int64(milliseconds), memoryMiB: 64)
            let text = found.text(wanted: milliseconds)
            let passwords = try ConfigurationFileTests.load(text).configuration.passwords
            #expect(passwords.hashMemoryKiB == found.choice.parameters.memoryKiB)
            #expect(passwords.hashIterations == found.choice.parameters.iterations)
            #expect(text.contains("<- choice") && text.contains("None is that quick") == (milliseconds == 1))
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 85 })
        }
    }

    @Test func aTroubleOfTheLibraryIsTold() {
        #expect(throws: CryptoFailure.self) {
            try Calibration(microseconds: 1, memoryMiB: 64) { _ in throw CryptoFailure(operation: "hashing") }
        }
    }
}
