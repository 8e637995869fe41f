@testable import HTTP

private func request(_ type: String, _ body: [UInt8]) -> Request {
    let fields = RequestFields([(.contentType, type)])
    return Request(
        head: RequestHead(method: .post, target: RequestTarget(path: "/"), fields: fields), body: body)
}

private func check(_ form: Form) {
    let limits = FormLimits()
    precondition(form.fields.count <= limits.fields)
    precondition(form.fields.allSatisfy { $0.name.utf8.count <= limits.name })
}

func fuzzURLEncoded(_ input: [UInt8]) {
    let type = "application/x-www-form-urlencoded"
    guard let form = try? Form(request(type, input)) else { return }
    check(form)
    // Written again with every octet encoded, it is the same form.
    let text = form.fields.map { field in
        field.name.utf8.flatMap(percentEncoded) + [Octet.equals] + field.value.utf8.flatMap(percentEncoded)
    }
    let again = try? Form(request(type, Array(text.joined(separator: [Octet.ampersand]))))
    precondition(again?.fields.count == form.fields.count, "fields lost")
    for (one, other) in zip(again?.fields ?? [], form.fields) {
        precondition(
            one.name.utf8.elementsEqual(other.name.utf8) && one.value.utf8.elementsEqual(other.value.utf8))
    }
}

/// The first line is the boundary, the rest the body.
func fuzzMultipart(_ input: [UInt8]) {
    let end = input.firstIndex(of: Octet.lineFeed) ?? input.endIndex
    let boundary = String(decoding: input[..<end], as: UTF8.self)
    let body = Array(input[end...].dropFirst())
    guard let form = try? Form(request("multipart/form-data; boundary=\"\(boundary)\"", body)) else { return }
    check(form)
    for field in form.fields {
        precondition(!field.value.utf8.elementsEqual(body) || body.isEmpty, "the whole body as one field")
        precondition(field.value.utf8.count <= body.count)
    }
}

func fuzzJSON(_ input: [UInt8]) {
    guard let object = try? JSONObject(request("application/json", input)) else { return }
    _ = object["email"]?.string
    precondition(
        !input.contains(0) && String(validating: input, as: UTF8.self) != nil, "JSON that is not UTF-8")
    let first = input.drop {
        $0 == 0xef || $0 == 0xbb || $0 == 0xbf || [0x20, 0x09, 0x0a, 0x0d].contains($0)
    }.first
    precondition(first == UInt8(ascii: "{"), "not an object")
}
