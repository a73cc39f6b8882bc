using Lnvps.Database.Sessions;
using Lnvps.Platform.Configuration;
using Lnvps.Platform.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Lnvps.Api.Operations;

/// <summary>
/// Sends spans of requests, workflow steps and host calls by OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a collector; else nobody listens and
/// spans cost nothing. The other variables of OpenTelemetry (headers, protocol, sampler, service name) work as documented there; without a protocol it is
/// HTTP with protobuf.
/// </summary>
static class TraceExport
{
    /// <summary>Begins to export; null when no collector is named.</summary>
    /// <param name="environment">Value of an environment variable; null when it is not set.</param>
    /// <exception cref="SettingsException">The endpoint is no URL.</exception>
    public static TracerProvider? Start(Func<string, string?> environment)
    {
        if (environment("OTEL_EXPORTER_OTLP_ENDPOINT") is not { Length: > 0 } endpoint)
            return null;
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new SettingsException("OTEL_EXPORTER_OTLP_ENDPOINT must be a URL with http or https");
        var grpc = environment("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc";
        return Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => resource.AddService("lnvps_api").AddEnvironmentVariableDetector())
            .AddSource(Tracing.SourceName, RequestSpans.SourceName, StatementSpans.SourceName)
            .AddProcessor(new RequestSpans())
            .AddOtlpExporter(options =>
            {
                options.Protocol = grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
                // The variable names the collector; each signal has its path below it.
                options.Endpoint = grpc ? url : new Uri(endpoint.TrimEnd('/') + "/v1/traces");
            })
            .Build();
    }
}
