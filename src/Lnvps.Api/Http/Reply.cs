using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lnvps.Core.Outcomes;

namespace Lnvps.Api.Http;

/// <summary>The envelopes of customer-api.md section 1.2.</summary>
static class Reply
{
    static readonly byte[] NoContent = """{"data":null}"""u8.ToArray();

    public static Task Data<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = type.Options.Encoder }))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("data"u8);
            JsonSerializer.Serialize(writer, value, type);
            writer.WriteEndObject();
        }
        return Json(context, 200, buffer.WrittenMemory);
    }

    public static Task Page<T>(HttpContext context, Page<T> page, Paging paging, JsonTypeInfo<List<T>> type)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = type.Options.Encoder }))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("data"u8);
            JsonSerializer.Serialize(writer, page.Rows, type);
            writer.WriteNumber("total"u8, page.Total);
            writer.WriteNumber("limit"u8, paging.Limit);
            writer.WriteNumber("offset"u8, paging.Offset);
            writer.WriteEndObject();
        }
        return Json(context, 200, buffer.WrittenMemory);
    }

    public static Task Done(HttpContext context) => Json(context, 200, NoContent);

    public static Task Refused(HttpContext context, Refusal refusal) => Error(context, refusal.Code, refusal.Message);

    /// <summary>With the general code of the status.</summary>
    public static Task Error(HttpContext context, int status, string message) => Error(context, ErrorCodes.OfStatus(status), message);

    public static Task Error(HttpContext context, ErrorCode code, string message)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("error"u8, message);
            writer.WriteString("code"u8, code.Wire());
            writer.WriteEndObject();
        }
        return Json(context, code.Status(), buffer.WrittenMemory);
    }

    static Task Json(HttpContext context, int status, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
