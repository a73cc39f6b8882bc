using Lnvps.Firewall;

return await CommandLine.Run(args);
