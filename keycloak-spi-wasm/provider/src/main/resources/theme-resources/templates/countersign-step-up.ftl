<#import "template.ftl" as layout>
<@layout.registrationLayout; section>
  <#if section = "header">
    ${msg("countersignTitle")}
  <#elseif section = "form">
    <link rel="stylesheet" href="${url.resourcesPath}/css/countersign.css">
    <form id="countersign-step-up" class="countersign ${properties.kcFormClass!}" action="${url.loginAction}" method="post"
          data-status="${countersign.status}"
          data-client="${countersign.client}"
          data-over="${msg("countersignOver")}"
          data-going-on="${msg("countersignGoingOn")}">
      <input type="hidden" name="countersign_secret" value="${countersign.secret}">
      <#list countersign.held as name, value>
        <input type="hidden" name="${name}" value="${value}">
      </#list>
      <p>${msg("countersignIntroduction")}</p>
      <#if countersign.captureUrl??>
        <p>
          <a id="countersign-capture" class="${properties.kcButtonClass!} ${properties.kcButtonPrimaryClass!} ${properties.kcButtonBlockClass!}"
             href="${countersign.captureUrl}" target="_blank" rel="noopener noreferrer">${msg("countersignHere")}</a>
        </p>
      </#if>
      <#if countersign.qr??>
        <section aria-labelledby="countersign-phone-title">
          <h2 id="countersign-phone-title">${msg("countersignOnPhone")}</h2>
          <p>${msg("countersignScan")}</p>
          <svg id="countersign-qr" class="countersign-qr" role="img" aria-label="${msg("countersignQr")}" shape-rendering="crispEdges"
               viewBox="0 0 ${countersign.qr.size} ${countersign.qr.size}" data-text="${countersign.phone}">
            <rect width="100%" height="100%" fill="#fff"/><path fill="#000" d="${countersign.qr.path}"/>
          </svg>
          <p>${msg("countersignNumber")} <strong id="countersign-number" class="countersign-number">${countersign.number}</strong></p>
        </section>
      </#if>
      <p id="countersign-status" role="status" aria-live="polite">${msg("countersignWaiting")}</p>
      <button id="countersign-continue" type="submit"
              class="${properties.kcButtonClass!} ${properties.kcButtonSecondaryClass!} ${properties.kcButtonBlockClass!}">${msg("countersignContinue")}</button>
      <button id="countersign-cancel" type="submit" name="countersign_cancel" value="true"
              class="${properties.kcButtonClass!} ${properties.kcButtonSecondaryClass!} ${properties.kcButtonBlockClass!}">${msg("countersignCancel")}</button>
    </form>
    <script type="module" src="${url.resourcesPath}/js/countersign-step-up.js"></script>
  </#if>
</@layout.registrationLayout>
