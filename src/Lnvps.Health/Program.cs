using Lnvps.Health;

return await CommandLine.Build().Parse(args).InvokeAsync();
