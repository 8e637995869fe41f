import FoundationEssentials

/// The value of `Date` (RFC 9110 §5.6.7, IMF-fixdate), made once a second.
struct HTTPDate {
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private let calendar: Calendar
    private var seconds = Int.min
    private(set) var bytes: [UInt8] = []

    init() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        self.calendar = calendar
    }

    /// Makes `bytes` say this second of the wall clock.
    mutating func advance(to now: Int) {
        guard now != seconds else { return }
        seconds = now
        let date = Date(timeIntervalSince1970: Double(now))
        let parts = calendar.dateComponents(
            [.weekday, .day, .month, .year, .hour, .minute, .second], from: date)
        guard let weekday = parts.weekday, let dayOfMonth = parts.day, let month = parts.month,
            let year = parts.year, let hour = parts.hour, let minute = parts.minute, let second = parts.second
        else { preconditionFailure("a date has all its components") }
        let time = [hour, minute, second].map(Self.twoDigits).joined(separator: ":")
        let day = "\(Self.weekdays[weekday - 1]), \(Self.twoDigits(dayOfMonth))"
        bytes = Array("\(day) \(Self.months[month - 1]) \(year) \(time) GMT".utf8)
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
