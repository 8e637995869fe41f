import Glibc
import Telemetry
import Testing

@testable import App

/// What a service manager hands over, as the environment says it.
struct SupervisionTests {
    @Test(arguments: [("0", 0), ("1", 1), ("2", 2), ("64", 64)] as [(String, Int32)])
    func takesTheDescriptorsFromThreeOn(count: String, number: Int32) throws {
        #expect(
            try InheritedSockets.descriptors(processID: "77", count: count, own: 77) == Array(3..<3 + number))
    }

    @Test func descriptorsForAnotherProcessAreNotOurs() throws {
        for process in [nil, "", "76", "x", "-77", "99999999999"] {
            #expect(try InheritedSockets.descriptors(processID: process, count: "1", own: 77) == [])
        }
        #expect(try InheritedSockets.descriptors(processID: "77", count: nil, own: 77) == [])
    }

    @Test(arguments: ["", "-1", "65", "one", "1.0", "99999999999"])
    func refusesACountThatIsNone(count: String) {
        #expect(throws: InheritedSockets.Malformed.self) {
            try InheritedSockets.descriptors(processID: "77", count: count, own: 77)
        }
    }

    @Test func theHeartBeatsTwiceInEachWatchdogInterval() {
        #expect(ServiceManager.heartbeat(["WATCHDOG_USEC": "3000000"], own: 77) == .milliseconds(1_500))
        #expect(
            ServiceManager.heartbeat(["WATCHDOG_USEC": "2", "WATCHDOG_PID": "77"], own: 77)
                == .microseconds(1))
        #expect(ServiceManager.heartbeat(["WATCHDOG_USEC": "2", "WATCHDOG_PID": "78"], own: 77) == nil)
        for interval in ["", "0", "1", "-5", "x", "99999999999999999999"] {
            #expect(ServiceManager.heartbeat(["WATCHDOG_USEC": interval], own: 77) == nil)
        }
        #expect(ServiceManager.heartbeat([:], own: 77) == nil)
    }

    @Test func startsWithoutAManagerThatCannotBeReached() {
        for name in ["", "/no/such/socket", "@no such name", String(repeating: "x", count: 200)] {
            #expect(ServiceManager.connect(["NOTIFY_SOCKET": name], logger: .silent) == nil)
        }
        #expect(ServiceManager.connect([:], logger: .silent) == nil)
    }
}
